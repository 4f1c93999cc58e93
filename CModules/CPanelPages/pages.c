// Takes the files in with #embed (C23, which clang has in C17 as well).

#include "CPanelPages.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "../../Sources/Panel/web/index.html"
};
static const unsigned char actions_js[] = {
#embed "../../Sources/Panel/web/actions.js"
};
static const unsigned char api_js[] = {
#embed "../../Sources/Panel/web/api.js"
};
static const unsigned char attention_js[] = {
#embed "../../Sources/Panel/web/attention.js"
};
static const unsigned char banner_js[] = {
#embed "../../Sources/Panel/web/banner.js"
};
static const unsigned char building_css[] = {
#embed "../../Sources/Panel/web/building.css"
};
static const unsigned char building_js[] = {
#embed "../../Sources/Panel/web/building.js"
};
static const unsigned char cells_js[] = {
#embed "../../Sources/Panel/web/cells.js"
};
static const unsigned char colours_css[] = {
#embed "../../Sources/Panel/web/colours.css"
};
static const unsigned char detector_js[] = {
#embed "../../Sources/Panel/web/detector.js"
};
static const unsigned char dialogs_css[] = {
#embed "../../Sources/Panel/web/dialogs.css"
};
static const unsigned char dom_js[] = {
#embed "../../Sources/Panel/web/dom.js"
};
static const unsigned char en_js[] = {
#embed "../../Sources/Panel/web/en.js"
};
static const unsigned char es_js[] = {
#embed "../../Sources/Panel/web/es.js"
};
static const unsigned char events_js[] = {
#embed "../../Sources/Panel/web/events.js"
};
static const unsigned char floor_js[] = {
#embed "../../Sources/Panel/web/floor.js"
};
static const unsigned char health_js[] = {
#embed "../../Sources/Panel/web/health.js"
};
static const unsigned char icon_svg[] = {
#embed "../../Sources/Panel/web/icon.svg"
};
static const unsigned char language_js[] = {
#embed "../../Sources/Panel/web/language.js"
};
static const unsigned char lists_css[] = {
#embed "../../Sources/Panel/web/lists.css"
};
static const unsigned char live_js[] = {
#embed "../../Sources/Panel/web/live.js"
};
static const unsigned char openapi_json[] = {
#embed "../../Sources/Panel/openapi.json"
};
static const unsigned char overview_js[] = {
#embed "../../Sources/Panel/web/overview.js"
};
static const unsigned char panel_css[] = {
#embed "../../Sources/Panel/web/panel.css"
};
static const unsigned char panel_js[] = {
#embed "../../Sources/Panel/web/panel.js"
};
static const unsigned char plot_js[] = {
#embed "../../Sources/Panel/web/plot.js"
};
static const unsigned char report_css[] = {
#embed "../../Sources/Panel/web/report.css"
};
static const unsigned char report_html[] = {
#embed "../../Sources/Panel/web/report.html"
};
static const unsigned char report_js[] = {
#embed "../../Sources/Panel/web/report.js"
};
static const unsigned char reports_js[] = {
#embed "../../Sources/Panel/web/reports.js"
};
static const unsigned char sentences_js[] = {
#embed "../../Sources/Panel/web/sentences.js"
};
static const unsigned char session_js[] = {
#embed "../../Sources/Panel/web/session.js"
};
static const unsigned char shapes_js[] = {
#embed "../../Sources/Panel/web/shapes.js"
};

#define HTML "text/html; charset=utf-8"
#define CSS "text/css; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"
#define PICTURE "image/svg+xml"
#define JSON "application/json"

// A file more is an array above and a line here.
static const struct cpanel_file files[] = {
    {"index.html", HTML, index_html, sizeof index_html},
    {"actions.js", SCRIPT, actions_js, sizeof actions_js},
    {"api.js", SCRIPT, api_js, sizeof api_js},
    {"attention.js", SCRIPT, attention_js, sizeof attention_js},
    {"banner.js", SCRIPT, banner_js, sizeof banner_js},
    {"building.css", CSS, building_css, sizeof building_css},
    {"building.js", SCRIPT, building_js, sizeof building_js},
    {"cells.js", SCRIPT, cells_js, sizeof cells_js},
    {"colours.css", CSS, colours_css, sizeof colours_css},
    {"detector.js", SCRIPT, detector_js, sizeof detector_js},
    {"dialogs.css", CSS, dialogs_css, sizeof dialogs_css},
    {"dom.js", SCRIPT, dom_js, sizeof dom_js},
    {"en.js", SCRIPT, en_js, sizeof en_js},
    {"es.js", SCRIPT, es_js, sizeof es_js},
    {"events.js", SCRIPT, events_js, sizeof events_js},
    {"floor.js", SCRIPT, floor_js, sizeof floor_js},
    {"health.js", SCRIPT, health_js, sizeof health_js},
    {"icon.svg", PICTURE, icon_svg, sizeof icon_svg},
    {"language.js", SCRIPT, language_js, sizeof language_js},
    {"lists.css", CSS, lists_css, sizeof lists_css},
    {"live.js", SCRIPT, live_js, sizeof live_js},
    {"openapi.json", "application/json", openapi_json, sizeof openapi_json},
    {"overview.js", SCRIPT, overview_js, sizeof overview_js},
    {"panel.css", CSS, panel_css, sizeof panel_css},
    {"panel.js", SCRIPT, panel_js, sizeof panel_js},
    {"plot.js", SCRIPT, plot_js, sizeof plot_js},
    {"report.css", CSS, report_css, sizeof report_css},
    {"report.html", HTML, report_html, sizeof report_html},
    {"report.js", SCRIPT, report_js, sizeof report_js},
    {"reports.js", SCRIPT, reports_js, sizeof reports_js},
    {"sentences.js", SCRIPT, sentences_js, sizeof sentences_js},
    {"session.js", SCRIPT, session_js, sizeof session_js},
    {"shapes.js", SCRIPT, shapes_js, sizeof shapes_js},
};

const struct cpanel_file *cpanel_file(size_t number) {
    return number < sizeof files / sizeof files[0] ? &files[number] : NULL;
}
