// cgpiod_held.h: one output line, held by a descriptor that can be handed on.
//
// While any process holds the descriptor of a line request, the kernel keeps the line driven. A valve
// line is therefore requested in a way that has a descriptor whichever libgpiod is there: by the
// kernel's own interface (GPIO character device, version 2, Linux 5.10). A service manager keeps that
// descriptor over a restart, and the next process drives the line with it. libgpiod can do neither:
// 1.6 has no descriptor of an output, and 2.x takes over none that it has not requested.
//
// Who calls it: FieldDevices only. What it must never do: drive a line that was not named; allocate,
// block or print in cgpiod_held_get and cgpiod_held_set, which run in the control loop.
//
// Values are logical as in cgpiod.h: 1 is "active".

#ifndef CGPIOD_HELD_H
#define CGPIOD_HELD_H

#include "cgpiod.h"

/// Room for the kernel's name of a chip, as in "gpiochip0", with its zero byte.
enum { CGPIOD_CHIP_NAME_ROOM = 32 };

/// Takes one line as an output and drives it at once to `initial_value`: a line that already has that
/// level does not move. `edges` must be false.
///
/// Returns the descriptor of the request, close-on-exec, or -1 and errno: EINVAL, the chip has no such
/// line, or the kernel is older than 5.10; EBUSY, somebody holds the line; ENOENT, EACCES as open(2);
/// ENOTTY or ENODEV, not a GPIO chip.
/// C: GPIO_V2_GET_LINE_IOCTL.
int cgpiod_hold(const char *chip_path, const char *consumer, const struct cgpiod_line *line);

/// Gives a held line the pull and polarity of `line` and drives it to `initial_value`, all in one step
/// and without letting go of it.
///
/// Returns 0, or -1 and errno: ENODEV, the chip is gone; ENOTTY or EINVAL, not a held line.
/// C: GPIO_V2_LINE_SET_CONFIG_IOCTL.
int cgpiod_held_configure(int fd, const struct cgpiod_line *line);

/// The value of a held line: 0 or 1, or -1 and errno: ENODEV, its chip is gone; ENOTTY or EINVAL, `fd`
/// is no line request; others, the driver cannot read an output.
/// C: GPIO_V2_LINE_GET_VALUES_IOCTL.
int cgpiod_held_get(int fd);

/// Drives a held line.
///
/// Returns 0, or -1 and errno: ENODEV, its chip is gone; EPERM, it is an input; EIO, the driver failed.
/// C: GPIO_V2_LINE_SET_VALUES_IOCTL.
int cgpiod_held_set(int fd, bool value);

/// The kernel's own name of the chip behind a path: what /proc/self/fdinfo calls it.
///
/// Returns 0, or -1 and errno as cgpiod_chip_line_count. C: GPIO_GET_CHIPINFO_IOCTL.
int cgpiod_chip_name(const char *chip_path, char name[CGPIOD_CHIP_NAME_ROOM]);

/// What a line is for whoever holds it.
struct cgpiod_line_state {
    bool used;        ///< somebody holds it
    bool output;      ///< it is driven
    bool active_low;  ///< for its holder the low level is 1
    uint8_t bias;     ///< enum cgpiod_bias
};

/// Asks the chip about a line, without touching it.
///
/// Returns 0, or -1 and errno: EINVAL, no such line; the errors of cgpiod_chip_line_count.
/// C: GPIO_V2_GET_LINEINFO_IOCTL.
int cgpiod_line_state(const char *chip_path, uint32_t offset, struct cgpiod_line_state *state);

#endif
