package import Dataflow

extension Workers: ShapedParameter {
  package static let shape = ConfigShape.either([.choice(["auto"]), .whole])
  package static let example = Workers.auto
}

extension Bindings: ShapedParameter {
  package static let shape = ConfigShape.map(of: .anything)
  package static let example = Bindings()
}
