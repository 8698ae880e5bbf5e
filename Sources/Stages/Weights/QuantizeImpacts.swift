package import Dataflow
internal import Kernels

/// Turns weights into whole numbers of a few bits, linearly: impact = round(weight / maximum * levels), where
/// levels is 2^bits - 1 unless it is given.
///
/// The maximum comes from `fit.impactRange` or is given. What lies above saturates and is counted (notice `saturated`);
/// what becomes 0 is left out of the index and counted (`rounded-to-zero`), and so is what was not above 0
/// (`not-positive`).
package struct QuantizeImpacts: MapStage {
  package static let name = "quantize.impacts"
  package static let version = 2
  package static let summary = "turns weights into impacts of a few bits, with a named rounding; counts what saturates"
  package static let ports = [
    Port.stream("from", SparseVectors.type), Port.artifact("range", FitImpactRange.kind, required: false),
  ]
  package static let output = StageOutput.stream(ImpactVectors.type)

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    package var bits = 8
    package var rounding = Rounding.halfEven
    /// The weight that becomes the highest level; without it, the input `range` says.
    package var maximum: Double?
    /// The level of `maximum`; without it, the highest that `bits` have. COIL's tools take 2^bits, SPLADE's a maximum
    /// of 1 and 100 levels; what does not fit into `bits` saturates.
    package var levels: Int?

    package init() {}

    package var problem: ParameterProblem? {
      if !(1...16).contains(bits) { return ParameterProblem("bits", "must be between 1 and 16") }
      if let levels, !(1...65535).contains(levels) { return ParameterProblem("levels", "must be between 1 and 65535") }
      if let maximum, !(maximum > 0 && maximum.isFinite) { return ParameterProblem("maximum", "must be above 0") }
      return rounding == .tildev2 ? halfPrecisionProblem : nil
    }

    /// `tildev2` computes in half precision, which has no number above 65504.
    private var halfPrecisionProblem: ParameterProblem? {
      if bits > 15 { return ParameterProblem("bits", "must be at most 15 with `rounding: tildev2`") }
      if let levels, levels > 65504 {
        return ParameterProblem("levels", "must be at most 65504 with `rounding: tildev2`")
      }
      if let maximum, !rounding.allows(maximum: maximum) {
        return ParameterProblem("maximum", "must be between 6e-8 and 65504 with `rounding: tildev2`")
      }
      return nil
    }
  }

  package let parameters: Parameters

  package init(parameters: Parameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let vectors = SparseVectors(inputs.stream())
    let maximum = try maximum(inputs)
    let highest = Double((1 << parameters.bits) - 1)
    let top = parameters.rounding.saturates ? highest : Double(UInt16.max)
    let levels = parameters.levels.map(Double.init) ?? highest
    var saturated = 0
    var vanished = 0
    var notPositive = 0
    let impacts = vectors.weights.map { weight -> UInt16 in
      guard weight > 0 else {
        notPositive += 1
        return 0
      }
      let rounded = parameters.rounding.level(weight, maximum: maximum, levels: levels)
      if rounded > top { saturated += 1 }
      if rounded == 0 { vanished += 1 }
      return UInt16(min(rounded, top))
    }
    let notices = ["saturated": saturated, "rounded-to-zero": vanished, "not-positive": notPositive]
    return ImpactVectors(
      ids: vectors.ids, vocabulary: vectors.vocabulary, offsets: vectors.offsets, terms: vectors.terms,
      impacts: impacts
    ).batch(notices: notices.filter { $0.value > 0 })
  }

  private func maximum(_ inputs: StageInputs) throws -> Double {
    if let maximum = parameters.maximum { return maximum }
    guard let range = try inputs.artifact("range", as: ImpactRange.self) else { throw NoRange() }
    let maximum = range.maximum > 0 ? Double(range.maximum) : 1
    guard parameters.rounding.allows(maximum: maximum) else {
      throw UnfitRange(maximum: maximum, rounding: parameters.rounding)
    }
    return maximum
  }

  /// The largest weight is none that the rounding can compute with.
  struct UnfitRange: ExitCoded, CustomStringConvertible {
    let maximum: Double
    let rounding: Rounding
    var exitCode: ExitCode { .badData }
    var description: String {
      "the largest weight is \(maximum), with which `rounding: \(rounding.rawValue)` cannot compute;"
        + " take another rounding, or give `maximum: WEIGHT`"
    }
  }
}
