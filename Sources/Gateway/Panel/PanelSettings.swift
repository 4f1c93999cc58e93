// Where the panel finds what it shows.

/// Settings of the panel.
package struct PanelSettings: Sendable {
    /// The controller's status page; it need not be there yet.
    package var statusPage: String
    /// The plan that the controller runs, as it keeps it (`last-good.plan`): names and places.
    package var planFile: String
    /// What the notifications say of themselves; nil: nobody is told anything.
    package var notifyFile: String?
    /// Whoever is on this machine may look without logging in, also where there are users.
    package var looksLocally = false
    /// The origin of another page that may show the panel inside of it; nil: none may.
    package var framedBy: String?

    /// The directories that the controller was started with.
    package init(controllerState: String, controllerRun: String) {
        statusPage = "\(controllerRun)/status"
        planFile = "\(controllerState)/last-good.plan"
    }
}
