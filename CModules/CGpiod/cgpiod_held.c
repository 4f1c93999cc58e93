// cgpiod_held.c: cgpiod_held.h over the kernel's GPIO character device, version 2. The same on every
// board, with whichever libgpiod.

#include "cgpiod_held.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

// One line a request: it is number 0 in it.
enum { THE_LINE = 1 };

// An ioctl on a chip that is opened for it alone.
static int ask_chip(const char *chip_path, unsigned long what, void *question) {
    int chip = open(chip_path, O_RDWR | O_CLOEXEC);
    if (chip < 0) return -1;
    int result = ioctl(chip, what, question);
    int reason = errno;
    close(chip);
    errno = reason;
    return result < 0 ? -1 : 0;
}

static void configure(struct gpio_v2_line_config *config, const struct cgpiod_line *line) {
    config->flags = GPIO_V2_LINE_FLAG_OUTPUT;
    if (line->active_low) config->flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    switch ((enum cgpiod_bias)line->bias) {
    case CGPIOD_BIAS_AS_IS: break;
    case CGPIOD_BIAS_DISABLED: config->flags |= GPIO_V2_LINE_FLAG_BIAS_DISABLED; break;
    case CGPIOD_BIAS_PULL_UP: config->flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_UP; break;
    case CGPIOD_BIAS_PULL_DOWN: config->flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN; break;
    }
    config->num_attrs = 1;
    config->attrs[0].mask = THE_LINE;
    config->attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
    config->attrs[0].attr.values = line->initial_value ? THE_LINE : 0;
}

int cgpiod_hold(const char *chip_path, const char *consumer, const struct cgpiod_line *line) {
    struct gpio_v2_line_request request = {.offsets = {line->offset}, .num_lines = 1};
    strncpy(request.consumer, consumer, sizeof request.consumer - 1);
    configure(&request.config, line);
    if (ask_chip(chip_path, GPIO_V2_GET_LINE_IOCTL, &request) < 0) return -1;
    return request.fd;
}

int cgpiod_held_configure(int fd, const struct cgpiod_line *line) {
    struct gpio_v2_line_config config = {0};
    configure(&config, line);
    return ioctl(fd, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config) < 0 ? -1 : 0;
}

int cgpiod_held_get(int fd) {
    struct gpio_v2_line_values values = {.mask = THE_LINE};
    if (ioctl(fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0) return -1;
    return (values.bits & THE_LINE) != 0;
}

int cgpiod_held_set(int fd, bool value) {
    struct gpio_v2_line_values values = {.bits = value ? THE_LINE : 0, .mask = THE_LINE};
    return ioctl(fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) < 0 ? -1 : 0;
}

int cgpiod_chip_name(const char *chip_path, char name[CGPIOD_CHIP_NAME_ROOM]) {
    struct gpiochip_info info = {0};
    if (ask_chip(chip_path, GPIO_GET_CHIPINFO_IOCTL, &info) < 0) return -1;
    _Static_assert(sizeof info.name <= CGPIOD_CHIP_NAME_ROOM, "the kernel's names have grown");
    memset(name, 0, CGPIOD_CHIP_NAME_ROOM);
    memcpy(name, info.name, sizeof info.name - 1);
    return 0;
}

int cgpiod_line_state(const char *chip_path, uint32_t offset, struct cgpiod_line_state *state) {
    struct gpio_v2_line_info info = {.offset = offset};
    if (ask_chip(chip_path, GPIO_V2_GET_LINEINFO_IOCTL, &info) < 0) return -1;
    uint8_t bias = CGPIOD_BIAS_AS_IS;
    if (info.flags & GPIO_V2_LINE_FLAG_BIAS_DISABLED) bias = CGPIOD_BIAS_DISABLED;
    if (info.flags & GPIO_V2_LINE_FLAG_BIAS_PULL_UP) bias = CGPIOD_BIAS_PULL_UP;
    if (info.flags & GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN) bias = CGPIOD_BIAS_PULL_DOWN;
    *state = (struct cgpiod_line_state){
        .used = (info.flags & GPIO_V2_LINE_FLAG_USED) != 0,
        .output = (info.flags & GPIO_V2_LINE_FLAG_OUTPUT) != 0,
        .active_low = (info.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0,
        .bias = bias,
    };
    return 0;
}
