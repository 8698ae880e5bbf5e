internal import CYaml
internal import Dataflow

/// Walks a YAML text event by event, before nodes are made of it, and refuses what no job needs and what a small file can
/// do harm with.
///
/// - Anchors and aliases, by which a small file unfolds into a large one ("billion laughs").
/// - Keys that are lists or mappings: the library that makes nodes compares keys that stand twice, in a time that doubles
///   with every level.
/// - More than `YAMLReader.maximumDepth` levels, which it follows by recursion.
///
/// What is no YAML is left to it, which says it better.
struct YAMLStructure {
  private enum Place { case item, key, value }

  private let file: String
  /// Of each list or mapping that is open, what comes next in it.
  private var open: [Place] = []

  private init(file: String) { self.file = file }

  /// Throws `ConfigError` with line and column.
  static func check(_ text: String, file: String) throws {
    var parser = yaml_parser_t()
    // libyaml's own structure, initialized here, deleted below, used by this thread only.
    guard unsafe yaml_parser_initialize(&parser) == 1 else { return }
    defer { unsafe yaml_parser_delete(&parser) }
    unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    var structure = YAMLStructure(file: file)
    var text = text
    try text.withUTF8 { bytes in
      // The parser reads the bytes, and only while this closure runs.
      unsafe yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      while true {
        var event = yaml_event_t()
        guard unsafe yaml_parser_parse(&parser, &event) == 1 else { return }
        defer { unsafe yaml_event_delete(&event) }
        let type = unsafe event.type
        if type == YAML_STREAM_END_EVENT || type == YAML_DOCUMENT_END_EVENT { return }
        try unsafe structure.follow(event)
      }
    }
  }

  private mutating func follow(_ event: yaml_event_t) throws {
    let mark = unsafe event.start_mark
    let location = SourceLocation(file: file, line: mark.line + 1, column: mark.column + 1)
    // The member of the union is that of the type.
    switch unsafe event.type {
    case YAML_ALIAS_EVENT:
      throw ConfigError(
        location, "anchors and aliases are not read", hint: "quote a text that begins with `*`")
    case YAML_SCALAR_EVENT:
      try refuseAnchor(unsafe event.data.scalar.anchor != nil, at: location)
      took()
    case YAML_SEQUENCE_START_EVENT:
      try refuseAnchor(unsafe event.data.sequence_start.anchor != nil, at: location)
      try begin(.item, at: location)
    case YAML_MAPPING_START_EVENT:
      try refuseAnchor(unsafe event.data.mapping_start.anchor != nil, at: location)
      try begin(.key, at: location)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      open.removeLast()
      took()
    default: break
    }
  }

  private func refuseAnchor(_ isThere: Bool, at location: SourceLocation) throws {
    guard isThere else { return }
    throw ConfigError(
      location, "anchors and aliases are not read", hint: "write the value out, or bind a `$name`")
  }

  private mutating func begin(_ place: Place, at location: SourceLocation) throws {
    if open.last == .key { throw ConfigError(location, "a key must be a text, not a list or a mapping") }
    guard open.count < YAMLReader.maximumDepth else {
      throw ConfigError(location, "more than \(YAMLReader.maximumDepth) levels of nesting")
    }
    open.append(place)
  }

  /// A key or a value is complete.
  private mutating func took() {
    switch open.last {
    case .key: open[open.count - 1] = .value
    case .value: open[open.count - 1] = .key
    case .item, nil: break
    }
  }
}
