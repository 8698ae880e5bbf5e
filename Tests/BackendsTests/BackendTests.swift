import Backends
import Codecs
import Dispatch
import Encoders
import Foundation
import Inference
import Kernels
import Synchronization
import Testing

@Suite struct BackendTests {
  @Test(arguments: [1, 7, 256, 1024])
  func everyPassageGetsItsOwnVectorInOrder(batch: Int) throws {
    let encoder = try BackendDenseEncoder(ExampleWorker.backend("dense", "--dimension", "5") { $0.batch = batch })
    let texts = ExampleWorker.texts(1000)
    let values = try encoder.encode(.texts(texts))
    #expect(encoder.dimension == 5)
    #expect(values == texts.flatMap { ExampleWorker.vector($0, dimension: 5) })
  }

  @Test func tokensTravelAsTheyAre() throws {
    let encoder = try BackendDenseEncoder(ExampleWorker.backend("dense", "--dimension", "3"))
    let tokens = TokenBatch([[101, 7592, 102], [], [-1]])
    let expected = [[101, 7592, 102], [], [-1]].flatMap { (ids: [Int32]) in
      var bytes: [UInt8] = []
      for id in ids { bytes.appendLittleEndian(id) }
      return ExampleWorker.vector(bytes, dimension: 3)
    }
    #expect(try encoder.encode(.tokens(tokens)) == expected)
  }

  @Test func queriesSayThatTheyAreQueries() throws {
    let encoder = try BackendDenseEncoder(ExampleWorker.backend("dense", "--dimension", "3"), side: .query)
    #expect(try encoder.encode(.texts(ByteStrings([[65]]))) == ExampleWorker.vector([65], dimension: 3, side: 1))
  }

  @Test func answersMayComeInAnyOrder() throws {
    let description = ExampleWorker.description("dense", "--dimension", "4", "--misbehave", "reverse") { $0.batch = 10 }
    let texts = ExampleWorker.texts(305)
    let values = try BackendDenseEncoder(Backend(description)).encode(.texts(texts))
    #expect(values == texts.flatMap { ExampleWorker.vector($0, dimension: 4) })
  }

  @Test func sparseVectorsComeWithTheirVocabulary() throws {
    let encoder = try BackendSparseEncoder(ExampleWorker.backend("sparse", "--terms", "20"))
    let vectors = try encoder.encode(.texts(ExampleWorker.texts(50)))
    #expect(vectors.count == 50)
    for vector in vectors {
      #expect(vector.terms.count == 20 && vector.terms == vector.terms.sorted() && Set(vector.terms).count == 20)
    }
    #expect(encoder.term(17) == Array("term17".utf8))
    #expect(encoder.term(30522) == nil && encoder.term(-1) == nil)
  }

  @Test func tokenVectorsKeepTheirPassages() throws {
    let encoder = try BackendTokenVectorEncoder(ExampleWorker.backend("token-vectors", "--dimension", "4"))
    let texts = ExampleWorker.texts(20)
    let vectors = try encoder.encode(.texts(texts))
    #expect(vectors.offsets == (0...20).map { UInt32(3 * $0) })
    #expect(vectors.values == texts.flatMap { ExampleWorker.vector($0, dimension: 12) })
  }

  @Test func expansionsComeWithScores() throws {
    let expander = try BackendExpander(ExampleWorker.backend("expansion", "--terms", "6"))
    let expansions = try expander.expand(.texts(ExampleWorker.texts(9)))
    #expect(expansions.count == 9)
    #expect(expansions.allSatisfy { $0.passage.count == 3 && $0.terms.count == 6 && $0.scores.count == 6 })
  }

  @Test func nothingIsStartedForNothing() throws {
    let description = ExampleWorker.description("dense", "--misbehave", "exit-at-start") { $0.identity = "example-1" }
    let encoder = try BackendDenseEncoder(Backend(description))
    #expect(encoder.digest == Fingerprint.of(Array("backend\nexample-1".utf8)))
    #expect(throws: BackendError.self) { try encoder.encode(.texts(ByteStrings([[65]]))) }
  }

  @Test func theIdentityIsTheDigest() throws {
    let one = try BackendDenseEncoder(ExampleWorker.backend("dense", "--identity", "a"))
    let same = try BackendDenseEncoder(ExampleWorker.backend("dense", "--identity", "a", "--in-flight", "1"))
    let other = try BackendDenseEncoder(ExampleWorker.backend("dense", "--identity", "b"))
    #expect(one.digest == same.digest && one.digest != other.digest)
  }

  @Test func manyThreadsShareSomeChildren() throws {
    let lines = Lines()
    let description = ExampleWorker.description("dense", "--dimension", "8", "--misbehave", "environment") {
      $0.processes = 2
      $0.batch = 16
    }
    let encoder = try BackendDenseEncoder(Backend(description, log: lines.log))
    let texts = ExampleWorker.texts(400)
    let expected = texts.flatMap { ExampleWorker.vector($0, dimension: 8) }
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      if (try? encoder.encode(.texts(texts))) != expected { wrong.withLock { $0 += 1 } }
    }
    #expect(wrong.withLock { $0 } == 0)
    #expect(Set(lines.all.map { $0.prefix { $0 != ":" } }).count == 2)
  }

  @Test func aChildInheritsNoDescriptorAndACleanEnvironment() throws {
    let lines = Lines()
    let open = FileHandle(forReadingAtPath: "/dev/null")
    let description = ExampleWorker.description("dense", "--misbehave", "environment") {
      $0.environment = ["EXAMPLE": "yes"]
      $0.directory = "/usr"
    }
    unsafe setenv("BIGRAIN_TEST_SECRET", "s", 1)
    _ = try BackendDenseEncoder(Backend(description, log: lines.log)).encode(.texts(ByteStrings([[65]])))
    for _ in 0..<100 where !lines.all.contains(where: { $0.contains("folder") }) { usleep(10000) }
    try open?.close()
    let said = lines.all.map { String($0.drop { $0 != ":" }.dropFirst(2)) }
    #expect(said.contains("variable EXAMPLE=yes"))
    #expect(said.contains("folder /usr"))
    #expect(!said.contains { $0.hasPrefix("variable BIGRAIN") || $0.hasPrefix("descriptor") })
  }

  @Test func noChildOutlivesItsBackend() throws {
    let lines = Lines()
    do {
      let encoder = try BackendDenseEncoder(
        Backend(ExampleWorker.description("dense", "--misbehave", "environment"), log: lines.log))
      _ = try encoder.encode(.texts(ByteStrings([[65]])))
    }
    let number = try #require(lines.all.first?.split(separator: " ")[1].prefix { $0 != ":" })
    let child = try #require(Int32(number))
    #expect(kill(child, 0) != 0)
  }
}
