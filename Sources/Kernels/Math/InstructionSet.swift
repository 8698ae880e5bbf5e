internal import CKernels

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The instructions that the math kernels are compiled for, slowest first. `portable` is the oracle of the others.
package enum InstructionSet: Int32, Sendable, CaseIterable, Comparable {
  case portable
  /// AVX2, FMA and F16C.
  case avx2
  /// The same with AVX-VNNI: 8-bit products in one instruction.
  case avx2vnni
  /// AVX-512 F, BW, VL and DQ.
  case avx512
  case avx512vnni
  /// With VNNI and BF16.
  case avx512bf16

  package var name: String { "\(self)" }

  package init?(name: String) {
    guard let set = InstructionSet.allCases.first(where: { $0.name == name }) else { return nil }
    self = set
  }

  /// Whether this build has it and this processor runs it.
  package var isSupported: Bool { ck_supports(rawValue) != 0 }

  /// What this processor runs, slowest first.
  package static var supported: [InstructionSet] { allCases.filter { $0.isSupported } }

  /// The environment variable that forces a choice, by name.
  package static let variable = "BIGRAIN_INSTRUCTIONS"

  /// The fastest that this processor runs, or what the environment forces; decided once.
  package static let best: InstructionSet = forced ?? supported.last ?? .portable

  /// Why the environment's choice is not taken; nil where it is, or where there is none.
  package static var refusal: String? {
    guard let wanted, forced == nil else { return nil }
    return "\(variable)=\(wanted) is not one of what this processor runs: "
      + supported.map { $0.name }.joined(separator: ", ")
  }

  package static func < (left: InstructionSet, right: InstructionSet) -> Bool { left.rawValue < right.rawValue }

  private static let wanted: String? = {
    // The C string is copied before anything else may change the environment.
    guard let value = unsafe getenv(variable) else { return nil }
    return unsafe String(cString: value)
  }()

  private static let forced: InstructionSet? = {
    guard let wanted, let set = InstructionSet(name: wanted), set.isSupported else { return nil }
    return set
  }()

  /// The C functions; they live as long as the program and are never written.
  @unsafe var functions: ck_functions { unsafe ck_functions_of(rawValue).pointee }
}
