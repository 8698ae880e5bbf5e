import Search
import Testing

@Suite("Measures")
struct MeasureTests {
  private func value(_ name: String, _ retrieved: [JudgedRanking.Judgement], ideal: [Int]) throws -> Double {
    try Measures.parse(name).value(of: JudgedRanking(retrieved: retrieved, ideal: ideal))
  }

  @Test("of a query without relevant documents are 0, whatever is judged and retrieved")
  func nothingRelevant() throws {
    let measures = try Measures.all.filter { $0.name != "Judged" }.map { type in
      try Measures.parse(type.name + (type.cutoff == .required ? "@10" : ""))
    }
    let rankings: [JudgedRanking] = [
      JudgedRanking(retrieved: [], ideal: []), JudgedRanking(retrieved: [.pooled, .none], ideal: []),
      JudgedRanking(retrieved: [.grade(0)], ideal: [0, 0]), JudgedRanking(retrieved: [], ideal: [0]),
    ]
    for measure in measures {
      for ranking in rankings { #expect(measure.value(of: ranking) == 0, "\(measure)") }
    }
  }

  @Test("lie in 0...1, and are 1 for the ideal ranking (P@k: as far as it can be)")
  func bounds() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let names = ["nDCG", "nDCG@10", "RR", "RR@3", "AP", "Rprec", "Bpref", "Success@5"]
    for _ in 0..<500 {
      let ideal = (0..<Int.random(in: 1...30, using: &random)).map { _ in Int.random(in: 0...3, using: &random) } + [1]
      let mixed = ideal.shuffled(using: &random).map { JudgedRanking.Judgement.grade($0) } + [.none, .pooled]
      for name in names {
        #expect((0...1).contains(try value(name, mixed.shuffled(using: &random), ideal: ideal)), "seed \(seed)")
        let best = try value(name, ideal.sorted(by: >).map { .grade($0) }, ideal: ideal)
        #expect(abs(best - 1) < 1e-12, "\(name), seed \(seed)")
      }
    }
  }

  @Test("by hand: one relevant document of two at rank 3")
  func byHand() throws {
    let retrieved: [JudgedRanking.Judgement] = [.none, .grade(0), .grade(2), .pooled]
    let ideal = [2, 1, 0]
    #expect(try value("RR", retrieved, ideal: ideal) == 1.0 / 3)
    #expect(try value("RR@2", retrieved, ideal: ideal) == 0)
    #expect(try value("AP", retrieved, ideal: ideal) == 1.0 / 6)
    #expect(try value("AP(rel=2)", retrieved, ideal: ideal) == 1.0 / 3)
    #expect(try value("P@5", retrieved, ideal: ideal) == 0.2)
    #expect(try value("R@3", retrieved, ideal: ideal) == 0.5)
    #expect(try value("Rprec", retrieved, ideal: ideal) == 0)
    #expect(try value("Judged@4", retrieved, ideal: ideal) == 0.75)
    #expect(try value("Judged@10", retrieved, ideal: ideal) == 0.75)
    // One not relevant document of min(1, 2) comes before it.
    #expect(try value("Bpref", retrieved, ideal: ideal) == 0)
    // 2 / log2(4), over 2 / log2(2) + 1 / log2(3).
    #expect(abs(try value("nDCG@3", retrieved, ideal: ideal) - 0.38009376) < 1e-7)
  }
}

/// SplitMix64: the same numbers on every machine.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
