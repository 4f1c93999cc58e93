#ifndef CMODBUS_SHIM_H
#define CMODBUS_SHIM_H
#include <errno.h>
#include <modbus/modbus.h>
#endif
