// The files of the panel's page (Sources/Panel/web), as bytes inside the program: the gateway stays one
// file, and what it serves is what it was built with.

#ifndef CPANELPAGES_H
#define CPANELPAGES_H

#include <stddef.h>

struct cpanel_file {
    const char *name;
    const char *type;
    const unsigned char *bytes;
    size_t count;
};

// The file with this number, from 0 on; NULL behind the last one.
const struct cpanel_file *cpanel_file(size_t number);

#endif
