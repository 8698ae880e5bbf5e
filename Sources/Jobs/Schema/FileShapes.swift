package import Dataflow

extension Workers: ShapedParameter {
  package static let shape = ConfigShape.either([.choice(["auto"]), .whole(from: 1)])
  package static let example = Workers.auto
}

extension GenerationCount: ShapedParameter {
  package static let shape = ConfigShape.described(
    .whole(from: 1),
    "how many of the newest generations stay on disk; the published one and the one before it always stay")
  package static let example = GenerationCount(value: 2)
}

extension Bindings: ShapedParameter {
  package static let shape = ConfigShape.map(of: .anything)
  package static let example = Bindings()
}
