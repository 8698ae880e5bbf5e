internal import Dataflow
package import Shards
internal import Stages

/// JSON Schemas (draft 7, which editors read) of job and pipeline files, made from the types that decode them and the
/// registry of stages: a new stage or parameter is in them without a line more.
///
/// They allow a little more than `pipeline` does: what a `$name` or `${NAME}` stands for is not known to an editor.
package enum FileSchema {
  package static func job() throws -> JSONValue {
    document(
      "bigrain job",
      "A collection, a pipeline, resources and what to do with the result. See the files in jobs/ for examples.",
      schema(try ConfigShape.of(JobFile.self)), definitions: [])
  }

  package static func pipeline() throws -> JSONValue {
    let stages = StageRegistry.all.sorted { $0.name < $1.name }
    let stage: [(String, JSONValue)] = [
      ("type", .string("object")), ("required", .array([.string("use")])),
      ("properties", object([("use", object([("enum", .array(stages.map { .string($0.name) }))]))])),
      (
        "allOf",
        .array(
          stages.map { stage in
            object([
              ("if", object([("properties", object([("use", object([("const", .string(stage.name))]))]))])),
              ("then", reference(stage.name)),
            ])
          })
      ),
    ]
    let file = object([
      ("type", .string("object")), ("required", .array([.string("stages")])), ("additionalProperties", .bool(false)),
      (
        "properties",
        object([
          (
            "stages",
            object([
              ("type", .string("object")), ("minProperties", .integer(1)),
              ("propertyNames", object([("pattern", .string("^[A-Za-z_][A-Za-z0-9_-]*$"))])),
              ("additionalProperties", reference("stage")),
              ("description", .string("Stages by name. Order does not matter: inputs say what comes from where.")),
            ])
          )
        ])
      ),
    ])
    return document(
      "bigrain pipeline", "A graph of stages. See the files in pipelines/ for examples.", file,
      definitions: [("stage", object(stage))] + (try stages.map { ($0.name, try schema(of: $0)) }))
  }

  // MARK: stages

  private static func schema(of stage: StageType) throws -> JSONValue {
    guard case .mapping(let parameters) = try stage.parameters() else { return object([]) }
    var members = stage.ports.map { port in
      (port.name, object([("type", .string("string")), ("description", .string(description(of: port)))]))
    }
    members.append(("use", object([("const", .string(stage.name))])))
    members += common
    members += parameters.map { ($0.key, schema($0)) }
    let required =
      ["use"] + stage.ports.filter(\.isRequired).map(\.name) + parameters.filter(\.isRequired).map(\.key)
    return object([
      ("type", .string("object")), ("description", .string(stage.summary)), ("properties", object(members)),
      ("required", .array(required.sorted().map { .string($0) })), ("additionalProperties", .bool(false)),
    ])
  }

  private static func description(of port: Port) -> String {
    let optional = port.isRequired ? "" : "; may be absent"
    return switch port.carries {
    case .stream(let types): "a stage that gives \(types.map(\.name).joined(separator: " or "))\(optional)"
    case .artifact(let kind): "a fit stage that gives \(kind)\(optional)"
    }
  }

  /// What every stage understands.
  private static let common: [(String, JSONValue)] = [
    ("checkpoint", described(.boolean, "whether finished chunks are written to disk")),
    ("concurrency", described(.whole(from: 1), "how many chunks may be in this stage at once, at least 1")),
    ("retries", described(.whole(from: 0), "how often a failed chunk is tried again, at least 0")),
  ]

  private static func described(_ shape: ConfigShape, _ text: String) -> JSONValue {
    guard case .object(let members) = schema(shape) else { return schema(shape) }
    return .members(members + [JSONValue.Member("description", .string(text))])
  }

  // MARK: shapes

  private static func schema(_ member: ConfigShape.Member) -> JSONValue {
    guard case .object(let members) = schema(member.shape), let standard = member.standard.flatMap(json) else {
      return schema(member.shape)
    }
    return .members(members + [JSONValue.Member("default", standard)])
  }

  private static func schema(_ shape: ConfigShape) -> JSONValue {
    switch shape {
    case .text: typed("string")
    case .whole(let least):
      orReference(
        object([("type", .string("integer"))] + (least.map { [("minimum", .integer(Int64($0)))] } ?? [])))
    case .number: orReference(typed("number"))
    case .boolean: orReference(typed("boolean"))
    case .choice(let texts): orReference(object([("enum", .array(texts.map { .string($0) }))]))
    case .quantity(let unit):
      orReference(
        typed("number"),
        object([("type", .string("string")), ("pattern", .string("^[0-9]+(\\.[0-9]*)? ?\(unit)$"))]))
    case .list(let element): orReference(object([("type", .string("array")), ("items", schema(element))]))
    case .map(let value): object([("type", .string("object")), ("additionalProperties", schema(value))])
    case .mapping(let members):
      object([
        ("type", .string("object")), ("properties", object(members.map { ($0.key, schema($0)) })),
        ("required", .array(members.filter(\.isRequired).map(\.key).sorted().map { .string($0) })),
        ("additionalProperties", .bool(false)),
      ])
    case .either(let shapes): object([("anyOf", .array(shapes.map(schema)))])
    case .described(let shape, let text): described(shape, text)
    case .anything: object([])
    }
  }

  /// The value, or a text with a `$name` or `${NAME}` that stands for it.
  private static func orReference(_ shapes: JSONValue...) -> JSONValue {
    let reference = object([("type", .string("string")), ("pattern", .string("\\$"))])
    return object([("anyOf", .array(shapes + [reference]))])
  }

  /// Texts, numbers and lists of them; sizes and fractions look in a schema as they do in a fingerprint.
  private static func json(_ value: CanonicalValue) -> JSONValue? {
    switch value {
    case .null, .map: nil
    case .boolean(let value): .bool(value)
    case .integer(let value): Int64(exactly: value).map { .integer($0) }
    case .float(let text): Double(text).map { .number($0) }
    case .text(let text): .string(text)
    case .list(let elements): .array(elements.compactMap(json))
    }
  }

  private static func typed(_ name: String) -> JSONValue { object([("type", .string(name))]) }

  private static func reference(_ name: String) -> JSONValue {
    object([("$ref", .string("#/definitions/\(name)"))])
  }

  private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .members(members.map { JSONValue.Member($0.0, $0.1) })
  }

  private static func document(
    _ title: String, _ description: String, _ schema: JSONValue, definitions: [(String, JSONValue)]
  ) -> JSONValue {
    guard case .object(let members) = schema else { return schema }
    var all = members
    all.append(JSONValue.Member("$schema", .string("http://json-schema.org/draft-07/schema#")))
    all.append(JSONValue.Member("title", .string(title)))
    all.append(JSONValue.Member("description", .string(description)))
    if !definitions.isEmpty { all.append(JSONValue.Member("definitions", object(definitions))) }
    return .members(all)
  }
}
