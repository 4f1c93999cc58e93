// cgpiod_lines.h: what is wrong with a list of lines whatever the library, decided in one place.

#ifndef CGPIOD_LINES_H
#define CGPIOD_LINES_H

#include "cgpiod.h"

/// Whether the list can be requested at all. libgpiod 2.x would take a line that is named twice as
/// one line, 1.6 would call it busy.
static inline bool cgpiod_lines_make_sense(const struct cgpiod_line *lines, size_t count,
                                           bool outputs) {
    if (lines == NULL || count == 0) return false;
    for (size_t i = 0; i < count; i++) {
        if (lines[i].bias > CGPIOD_BIAS_PULL_DOWN) return false;
        if (outputs && lines[i].edges) return false;
        for (size_t j = 0; j < i; j++) {
            if (lines[j].offset == lines[i].offset) return false;
        }
    }
    return true;
}

#endif
