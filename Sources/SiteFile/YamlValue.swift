// A YAML document as plain values with their places. `YamlText` makes it; the readers of this
// module see nothing else of YAML.

struct YamlValue {
    enum Content {
        /// `isPlain`: written without quotes.
        case scalar(String, isPlain: Bool)
        case mapping([YamlEntry])
        case list([YamlValue])
    }

    var place: Place
    var content: Content

    /// Nothing was written, or one of YAML's words for nothing.
    var isEmpty: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }
}

struct YamlEntry {
    var key: String
    var keyPlace: Place
    var value: YamlValue
}
