import Search
import Testing

@Suite("Measure names")
struct MeasureNameTests {
  @Test(
    "are printed as they are read",
    arguments: [
      "nDCG", "nDCG@10", "RR", "RR@10", "RR(rel=2)@10", "AP", "AP@100", "AP(rel=2)@100", "P@10", "P(rel=3)@5",
      "R@1000", "Success@5", "Rprec", "Rprec(rel=2)", "Bpref", "Judged@10",
    ])
  func roundTrip(name: String) throws {
    #expect(try Measures.parse(name).description == name)
  }

  @Test("leave out a level of 1, and spaces")
  func canonical() throws {
    #expect(try Measures.parse("AP(rel=1)").description == "AP")
    #expect(try Measures.parse(" AP( rel=2 ) @100").description == "AP(rel=2)@100")
  }

  @Test("that are wrong are refused with what was perhaps meant", arguments: wrongNames)
  func suggestions(name: String, problem: String, suggestion: String?) {
    #expect {
      try Measures.parse(name)
    } throws: { error in
      guard let error = error as? MeasureNameError else { return false }
      #expect(error.suggestion == suggestion, "\(error)")
      #expect(error.description.contains(problem), "\(error)")
      return error.name == name
    }
  }

  static let wrongNames: [(String, String, String?)] = [
    ("ndcg@10", "unknown", "nDCG@10"), ("nDGC@20", "unknown", "nDCG@20"), ("ndcg_cut_10", "unknown", "nDCG@10"),
    ("ndcg_cut.10", "unknown", "nDCG@10"), ("MRR@10", "unknown", "RR@10"), ("recip_rank", "unknown", "RR"),
    ("map", "unknown", "AP"), ("MAP@1000", "unknown", "AP@1000"), ("map_cut_1000", "unknown", "AP@1000"),
    ("recall_1000", "unknown", "R@1000"), ("Recall@100", "unknown", "R@100"), ("P_10", "unknown", "P@10"),
    ("P", "needs a cutoff", "P@10"), ("R", "needs a cutoff", "R@10"), ("Rprec@10", "takes no cutoff", "Rprec"),
    ("nDCG(rel=2)@10", "takes no rel", "nDCG@10"), ("Judged(rel=2)@10", "takes no rel", "Judged@10"),
    ("nDCG@0", "integer from 1", "nDCG@10"), ("nDCG@ten", "integer from 1", "nDCG@10"),
    ("MRR(rel=2)@20", "unknown", "RR(rel=2)@20"),
    ("AP(level=2)", "only rel=n", "AP"), ("AP(rel=0)", "only rel=n", "AP"), ("BLEU", "known: nDCG[@k]", nil),
    ("", "unknown", nil), ("@10", "unknown", nil), ("nDCG@99999999999999999999", "integer from 1", "nDCG@10"),
  ]

  @Test("separated by commas are read in order, each once")
  func list() throws {
    #expect(
      try Measures.parse(list: "nDCG@10, RR@10,AP,nDCG@10").map(\.description) == ["nDCG@10", "RR@10", "AP"])
    #expect(throws: MeasureNameError.self) { try Measures.parse(list: ",") }
    #expect(throws: MeasureNameError.self) { try Measures.parse(list: "AP,nope") }
  }

  @Test("of the registry are all different, and each has its help")
  func registry() {
    #expect(Set(Measures.all.map { $0.name }).count == Measures.all.count)
    #expect(Measures.all.allSatisfy { !$0.summary.isEmpty && $0.usage.hasPrefix($0.name) })
    #expect(Measures.defaults.map(\.description) == ["nDCG@10", "RR@10", "AP", "R@1000"])
  }
}
