#ifndef CMODBUS_SHIM_H
#define CMODBUS_SHIM_H
#include <errno.h>
#include <linux/serial.h>
#include <modbus/modbus.h>
#include <sys/ioctl.h>

// ioctl is variadic, and the requests are macros: Swift imports neither the same on all versions.

// Keeps later opens of the terminal away (TIOCEXCL), or lets them in again (TIOCNXCL).
static inline int standpipe_serial_exclusive(int descriptor, int on) {
    return ioctl(descriptor, on ? TIOCEXCL : TIOCNXCL);
}

// Asks the driver to hand over bytes as they come (ASYNC_LOW_LATENCY).
static inline int standpipe_serial_low_latency(int descriptor) {
    struct serial_struct serial;
    if (ioctl(descriptor, TIOCGSERIAL, &serial) != 0) return -1;
    serial.flags |= ASYNC_LOW_LATENCY;
    return ioctl(descriptor, TIOCSSERIAL, &serial);
}

// Bytes that wait to be read (FIONREAD), or -1.
static inline int standpipe_waiting(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : -1;
}
#endif
