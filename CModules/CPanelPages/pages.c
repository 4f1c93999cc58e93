// Takes the files in with #embed (C23, which clang has in C17 as well).

#include "CPanelPages.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "../../Sources/Panel/web/index.html"
};
static const unsigned char panel_css[] = {
#embed "../../Sources/Panel/web/panel.css"
};

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define JSON "application/json"

// A file more is an array above and a line here.
static const struct cpanel_file files[] = {
    {"index.html", HTML, index_html, sizeof index_html},
    {"panel.css", CSS, panel_css, sizeof panel_css},
};

const struct cpanel_file *cpanel_file(size_t number) {
    return number < sizeof files / sizeof files[0] ? &files[number] : NULL;
}
