// cgpiod.h: GPIO lines of one chip, the same over libgpiod 1.6 (Debian 12) and 2.x (Debian 13).
//
// The two libraries share a name and nothing else. This interface is the part of both that a fire
// controller needs. `cgpiod_v1.c` or `cgpiod_v2.c` implements it, whichever fits the gpiod.h found
// at build time; the other compiles to nothing.
//
// Who calls it: FieldDevices only. What it must never do: allocate, block or print in cgpiod_get,
// cgpiod_set and cgpiod_read_edges, which run in the control loop; drive a line that was not named.
//
// Values are logical everywhere: 1 is "active". On a line with `active_low` that is the low level,
// for cgpiod_get, cgpiod_set, `initial_value` and the direction of an edge alike.
//
// Calls on different requests may run on different threads. Calls on one request may not.

#ifndef CGPIOD_H
#define CGPIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The pull of a line. AS_IS leaves what the board or the driver has set.
enum cgpiod_bias {
    CGPIOD_BIAS_AS_IS = 0,
    CGPIOD_BIAS_DISABLED,
    CGPIOD_BIAS_PULL_UP,
    CGPIOD_BIAS_PULL_DOWN
};

/// One line to request.
struct cgpiod_line {
    uint32_t offset;     ///< 0 ..< cgpiod_chip_line_count
    uint8_t bias;        ///< enum cgpiod_bias; a driver without that bias ignores it
    bool active_low;     ///< the low level is 1
    bool initial_value;  ///< outputs only: driven from the first moment, without a glitch
    bool edges;          ///< inputs only: report both edges
};

/// One edge of one line.
struct cgpiod_edge {
    uint32_t offset;        ///< the line
    bool rising;            ///< the line became active
    uint64_t timestamp_ns;  ///< CLOCK_MONOTONIC, stamped by the kernel in its interrupt
    bool lost_before;       ///< at least one edge of this line before this one was not delivered
};

/// Some lines of one chip, all inputs or all outputs, held until cgpiod_release.
typedef struct cgpiod_request cgpiod_request;

/// The major version of the libgpiod this was compiled against: 1 or 2.
int cgpiod_major(void);

/// The number of lines of a chip, `chip_path` as in "/dev/gpiochip0".
///
/// Returns -1 and errno: ENOENT, EACCES as open(2); ENOTTY or ENODEV, not a GPIO chip.
/// C: gpiod_chip_open, then gpiod_chip_num_lines (1.6) or gpiod_chip_info_get_num_lines (2.x).
int cgpiod_chip_line_count(const char *chip_path);

/// The logical value that a line has as it is found, without changing its direction or level.
///
/// On many boards a line stays driven after the program that drove it has died. To ask for it as an
/// input would let go of it for a moment, and a valve with it; this does not. `bias`, `edges` and
/// `initial_value` are not used. The line is free again afterwards.
///
/// Returns 0 or 1, or -1 and errno as cgpiod_request_inputs.
/// C: gpiod_line_request with GPIOD_LINE_REQUEST_DIRECTION_AS_IS, gpiod_line_get_value (1.6);
/// gpiod_chip_request_lines with GPIOD_LINE_DIRECTION_AS_IS, gpiod_line_request_get_value (2.x).
int cgpiod_as_found(const char *chip_path, const char *consumer, const struct cgpiod_line *line);

/// Takes lines as inputs. `consumer` is the name that gpioinfo shows (the kernel keeps 31 bytes).
///
/// `count` may be larger than the 64 lines that the kernel accepts in one request, and the lines
/// may differ in bias, active_low and edges. All or nothing: when a line cannot be had, those
/// taken so far are released.
///
/// An edge before this call is not reported: read the level once afterwards with cgpiod_get.
///
/// Returns NULL and errno: EINVAL, no lines, an offset that the chip does not have, an offset named
/// twice, an unknown bias; EBUSY, another consumer holds one of the lines; ENXIO or ENODEV, the
/// driver has no interrupt for a line with edges; ENOMEM; the errors of cgpiod_chip_line_count.
/// C: gpiod_line_request_input_flags, gpiod_line_request_both_edges_events_flags (1.6);
/// gpiod_chip_request_lines (2.x).
cgpiod_request *cgpiod_request_inputs(const char *chip_path, const char *consumer,
                                      const struct cgpiod_line *lines, size_t count);

/// Takes lines as outputs and drives each at once to its `initial_value`: a line that already has
/// that level does not move. Otherwise as cgpiod_request_inputs; `edges` must be false (EINVAL).
///
/// When a later line cannot be had, the lines before it were driven for a moment and fall back to
/// what the driver does with a released line.
/// C: gpiod_line_request_output_flags (1.6); gpiod_line_config_add_line_settings with
/// gpiod_line_settings_set_output_value, gpiod_chip_request_lines (2.x).
cgpiod_request *cgpiod_request_outputs(const char *chip_path, const char *consumer,
                                       const struct cgpiod_line *lines, size_t count);

/// The value of a line: 0 or 1. `index` counts in the `lines` that were requested.
///
/// On an output it is what the driver reports, on most boards the level of the pin; it is no proof
/// that the thing behind the pin moved.
///
/// Returns -1 and errno: EINVAL, no such index; EIO, ENODEV, the chip or its bus is gone.
/// C: gpiod_line_get_value (1.6), gpiod_line_request_get_value (2.x).
int cgpiod_get(cgpiod_request *request, size_t index);

/// Drives an output. Touches no other line of the request.
///
/// Returns 0, or -1 and errno: EINVAL, no such index; EPERM, the request is of inputs; EIO, ENODEV,
/// the chip or its bus is gone.
/// C: gpiod_line_set_value (1.6), gpiod_line_request_set_value (2.x).
int cgpiod_set(cgpiod_request *request, size_t index, bool value);

/// How many descriptors to poll (POLLIN) for edges. 1.6: one a line with edges. 2.x: one for every
/// 64 lines at most, as a rule one for all. 0 for outputs and for inputs without edges.
size_t cgpiod_fd_count(const cgpiod_request *request);

/// Descriptor number `which`, 0 ..< cgpiod_fd_count; -1 and EINVAL beyond. It belongs to the
/// request: do not read or close it. It has O_NONBLOCK and O_CLOEXEC.
int cgpiod_fd(const cgpiod_request *request, size_t which);

/// Takes waiting edges from descriptor number `which` into `into`, oldest first, at most `room` of
/// them. Never blocks. There may be more: call again until it returns 0.
///
/// The kernel keeps a bounded number of edges and drops the rest: with 1.6, 16 a line, and the
/// newest are dropped; with 2.x, 64 a line, at most 1024 a request, and the oldest are dropped. So
/// the last edge need not show the present level; cgpiod_get does. `lost_before` is exact with 2.x
/// (a gap in the kernel's sequence numbers) and a lower bound with 1.6 (two edges in the same
/// direction in a row; an even number of lost edges goes unseen).
///
/// Time stamps are CLOCK_MONOTONIC. Kernels before 5.7 stamp the 1.6 interface with CLOCK_REALTIME;
/// such a stamp is recognised by lying in the future of the monotonic clock and is converted.
///
/// Returns the number of edges, 0 if none wait, or -1 and errno: EINVAL, no such `which`; ENODEV,
/// the chip is gone. A signal is no error.
/// C: gpiod_line_event_read_fd_multiple (1.6), gpiod_line_request_read_edge_events (2.x).
int cgpiod_read_edges(cgpiod_request *request, size_t which, struct cgpiod_edge *into, size_t room);

/// Releases the lines and frees the request. What a released output does is the driver's affair.
/// NULL is allowed.
/// C: gpiod_line_release, gpiod_chip_close (1.6); gpiod_line_request_release (2.x).
void cgpiod_release(cgpiod_request *request);

#endif
