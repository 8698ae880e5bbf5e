import Interchange
import Testing

@Suite struct InterchangeErrorTests {
  @Test func namesThePath() { #expect("\(InterchangeError(path: "a.ciff", detail: "short"))" == "a.ciff: short") }
}
