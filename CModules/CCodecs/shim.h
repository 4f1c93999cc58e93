#ifndef CCODECS_SHIM_H
#define CCODECS_SHIM_H
#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

// inflateInit2 is a macro. 15 + 16: the largest window, and gzip's header and trailer.
static inline int standpipe_gunzip_start(z_stream *stream) {
    return inflateInit2(stream, 15 + 16);
}
#endif
