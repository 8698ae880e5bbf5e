import Dataflow
import Testing

@Suite struct QuantityTests {
  @Test(arguments: [
    ("512MiB", 512 << 20), ("1GiB", 1 << 30), ("1.5GiB", 3 << 29), ("64 KiB", 65536), ("64kB", 64000), ("64KB", 64000),
    ("20GB", 20_000_000_000), ("4096", 4096), ("0", 0), ("1TiB", 1 << 40), ("12B", 12), ("1e3", 1000),
  ])
  func sizesHaveExactUnits(text: String, bytes: Int) throws {
    #expect(try ConfigDecoder.decode(ByteSize.self, from: .plain(text), in: "s").bytes == bytes)
    #expect(try ConfigDecoder.decode(ByteSize.self, from: .quoted(text), in: "s").bytes == bytes)
  }

  @Test(arguments: ["1gib", "-1MiB", "MiB", "", "-1", "99999999TiB", "1.2.3MiB", "1MiBB", "1 000"])
  func otherSizesAreRefused(text: String) {
    #expect(failure(ByteSize.self, .plain(text))?.contains("must be a size such as 512MiB") == true)
  }

  @Test func ambiguousSizesAreRefusedWithBothReadings() {
    #expect(
      failure(ByteSize.self, .plain("64k"))
        == "t.yaml:1:1: stage `s` must be a size such as 512MiB, not the text \"64k\", write 64KiB (powers of 1024) or 64kB (powers of 1000)"
    )
  }

  @Test func sizesPrintAsTheyAreWritten() {
    let printed = [1 << 30, 512 << 20, 1000, 0, 1536].map { "\(ByteSize(bytes: $0))" }
    #expect(printed == ["1GiB", "512MiB", "1000B", "0B", "1536B"])
  }

  @Test(arguments: [
    ("0.1%", 0.001), ("0.1 %", 0.001), ("0.001", 0.001), ("1", 1), ("0", 0), ("100%", 1), ("2.5e-05", 2.5e-05),
  ])
  func fractionsAreNumbersOrPercentages(text: String, value: Double) throws {
    #expect(try ConfigDecoder.decode(Fraction.self, from: .plain(text), in: "s").value == value)
  }

  @Test(arguments: ["5", "101%", "-1%", "%", "0.1%%", "x", ".nan"])
  func otherFractionsAreRefused(text: String) {
    #expect(failure(Fraction.self, .plain(text))?.contains("from 0 to 1") == true)
  }

  @Test(arguments: [
    ("250ms", 250), ("25s", 25000), ("10min", 600_000), ("2h", 7_200_000), ("1d", 86_400_000), ("1.5", 1500),
  ])
  func lengthsOfTimeHaveUnits(text: String, milliseconds: Int) throws {
    #expect(try ConfigDecoder.decode(TimeSpan.self, from: .plain(text), in: "s").milliseconds == milliseconds)
  }

  @Test(arguments: ["2 weeks", "-1s", "1h30m", ""])
  func otherLengthsOfTimeAreRefused(text: String) {
    #expect(failure(TimeSpan.self, .plain(text)) != nil)
  }
}
