package import Dataflow

/// How much of a query is read, and how its weights become whole numbers, if they do:
/// round(weight / maximum * levels).
package struct QueryQuantization: DefaultedParameters, CheckedParameters, Sendable {
  /// Ids that go through the model, special ones included.
  package var length = 64
  /// 0 keeps the weights as they are.
  package var levels = 0
  package var maximum = 5.0
  package var rounding = Rounding.halfEven

  package init() {}

  package init(length: Int) { self.length = length }

  package var problem: ParameterProblem? {
    if length < 3 { return ParameterProblem("length", "must be at least 3") }
    if levels < 0 { return ParameterProblem("levels", "must not be negative") }
    return maximum > 0 && maximum.isFinite ? nil : ParameterProblem("maximum", "must be above 0")
  }

  /// The weight that counts; not above 0 stays what it is when nothing is quantized, and is 0 otherwise.
  func apply(_ weight: Float) -> Float {
    if levels == 0 { return weight }
    return weight > 0 ? Float(rounding.round(Double(weight) / maximum * Double(levels))) : 0
  }
}
