/// What a value in a job or pipeline file may look like: read off the type that decodes it, for a schema.
package indirect enum ConfigShape: Sendable, Equatable {
  case text
  /// At least `from`, where there is a least.
  case whole(from: Int? = nil)
  case number
  case boolean
  /// One of these texts.
  case choice([String])
  /// A number with a unit, or a plain number; the unit as a regular expression.
  case quantity(unit: String)
  case list(of: ConfigShape)
  /// Any keys, with values of one shape.
  case map(of: ConfigShape)
  case mapping([Member])
  case either([ConfigShape])
  /// With what an editor shows beside it.
  case described(ConfigShape, String)
  /// Whatever there is.
  case anything

  /// A key of a mapping.
  package struct Member: Sendable, Equatable {
    package let key: String
    package let shape: ConfigShape
    package let isRequired: Bool
    /// What holds where the key is absent; `nil` where that is nothing, or depends.
    package let standard: CanonicalValue?
  }

  /// The shape of what a type reads: by its own word (`ShapedParameter`), or by looking on while it decodes an example.
  package static func of<T: Decodable>(_ type: T.Type) throws -> ConfigShape {
    if let shaped = type as? any ShapedParameter.Type { return shaped.shape }
    if let texts = ConfigDecoder.texts(allowedBy: type) { return .choice(texts) }
    switch type {
    case is String.Type: return .text
    case is Bool.Type: return .boolean
    case is any BinaryInteger.Type: return .whole()
    case is any BinaryFloatingPoint.Type: return .number
    default: break
    }
    let recorder = ShapeRecorder()
    if let defaulted = type as? any DefaultedParameters.Type {
      recorder.defaults = try CanonicalEncoder.value(of: defaulted.init())
    }
    _ = try T(from: recorder)
    return recorder.shape
  }
}

/// A type whose text in a file is its own affair.
package protocol ShapedParameter: Decodable {
  static var shape: ConfigShape { get }
  /// Some value, so that a type that holds it can be looked at.
  static var example: Self { get }
}

extension ByteSize: ShapedParameter {
  package static let shape = ConfigShape.quantity(unit: "([kKMGT]?B|[KMGT]iB)")
  package static let example = ByteSize.mebibytes(1)
}

extension Fraction: ShapedParameter {
  package static let shape = ConfigShape.quantity(unit: "%")
  package static let example = Fraction(1)
}

extension TimeSpan: ShapedParameter {
  package static let shape = ConfigShape.quantity(unit: "(ms|s|min|m|h|d)")
  package static let example = TimeSpan.seconds(1)
}

extension ResourcePath: ShapedParameter {
  package static let shape = ConfigShape.text
  package static let example = ResourcePath(path: ".", location: SourceLocation(file: ""))
}

extension ResourcePaths: ShapedParameter {
  package static let shape = ConfigShape.either([.text, .list(of: .text)])
  package static let example = ResourcePaths(paths: [.example])
}

extension ConfigNode: ShapedParameter {
  package static let shape = ConfigShape.anything
  package static let example = ConfigNode(.mapping([]), at: SourceLocation(file: ""))
}
