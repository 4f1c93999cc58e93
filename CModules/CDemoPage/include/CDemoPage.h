// The files of the demo's page (hardware-sim/demo-page), as bytes inside the tool.

#ifndef CDEMOPAGE_H
#define CDEMOPAGE_H

#include <stddef.h>

struct cdemo_file {
    const char *name;
    const char *type;
    const unsigned char *bytes;
    size_t count;
};

// The file with this number, from 0 on; NULL behind the last one.
const struct cdemo_file *cdemo_file(size_t number);

#endif
