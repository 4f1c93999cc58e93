// Takes the files in with #embed (C23, which clang has in C17 as well).

#include "CDemoPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "../../hardware-sim/demo-page/index.html"
};
static const unsigned char demo_css[] = {
#embed "../../hardware-sim/demo-page/demo.css"
};
static const unsigned char demo_js[] = {
#embed "../../hardware-sim/demo-page/demo.js"
};
static const unsigned char steps_js[] = {
#embed "../../hardware-sim/demo-page/steps.js"
};

#define SCRIPT "text/javascript; charset=utf-8"

static const struct cdemo_file files[] = {
    {"", "text/html; charset=utf-8", index_html, sizeof index_html},
    {"demo.css", "text/css; charset=utf-8", demo_css, sizeof demo_css},
    {"demo.js", SCRIPT, demo_js, sizeof demo_js},
    {"steps.js", SCRIPT, steps_js, sizeof steps_js},
};

const struct cdemo_file *cdemo_file(size_t number) {
    return number < sizeof files / sizeof files[0] ? &files[number] : NULL;
}
