import Codecs
import Dataflow
import Kernels
import Testing

@Suite struct CheckpointDamageTests {
  /// A finished job, sealed, with the bytes of its checkpoint.
  func sealedJob() throws -> (job: ToyJob, database: [UInt8], seal: [UInt8]) {
    let job = try ToyJob(chunks: 2)
    try job.run()
    return (
      job, try ToyJob.bytes(job.work + "/checkpoint.sqlite"), try ToyJob.bytes(job.work + "/checkpoint.seal")
    )
  }

  func restore(_ job: ToyJob, _ database: [UInt8], _ seal: [UInt8]?) throws {
    try ToyJob.overwrite(job.work + "/checkpoint.sqlite", database)
    if let seal {
      try ToyJob.overwrite(job.work + "/checkpoint.seal", seal)
    } else {
      try FileSystem.removeFile(job.work + "/checkpoint.seal")
    }
    try FileSystem.removeTree(job.work + "/checkpoint.damaged")
  }

  static func flipped(_ bytes: [UInt8], _ bit: Int) -> [UInt8] {
    var bytes = bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return bytes
  }

  /// All bits of SQLite's header and of the first page's, those of the schema, and some others.
  static func bits(_ database: [UInt8], random: Int) -> [Int] {
    var generator = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
    print("seed \(seed)")
    var state = seed
    let others = (0..<random).map { _ -> Int in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % (database.count * 8)
    }
    return Array(0..<108 * 8) + others
  }

  @Test func everyFlippedBitIsFound() throws {
    let (job, database, seal) = try sealedJob()
    for bit in Self.bits(database, random: 500) {
      try restore(job, Self.flipped(database, bit), seal)
      #expect(try !WorkVerifier.verify(job.work).isEmpty, "bit \(bit)")
    }
    for bit in 0..<seal.count * 8 {
      try restore(job, database, Self.flipped(seal, bit))
      #expect(try !WorkVerifier.verify(job.work).isEmpty, "bit \(bit) of the seal")
    }
    try restore(job, database, seal)
    #expect(try WorkVerifier.verify(job.work).isEmpty)
  }

  @Test(arguments: [true, false]) func afterAnyFlippedBitTheNextRunGivesTheSame(sealed: Bool) throws {
    let (job, database, seal) = try sealedJob()
    let reference = try ToyJob.reference(chunks: 2)
    var calls = 0
    let bits = Self.bits(database, random: 300) + (sealed ? [] : Self.schemaBits(database))
    for bit in bits {
      try restore(job, Self.flipped(database, bit), sealed ? seal : nil)
      try job.removeIndex()
      job.probe.reset()
      #expect(try job.run().files == reference, "bit \(bit)")
      #expect(try WorkVerifier.verify(job.work).isEmpty, "bit \(bit)")
      calls += job.probe.count("add.2")
    }
    // Most of what was finished has been saved: without rescue it would be all 3 chunks each time.
    print("\(calls) chunks made again after \(bits.count) flips")
    #expect(calls < bits.count * 3 / 2)
  }

  /// The bits of the text that declares the tables, which nothing in SQLite protects.
  static func schemaBits(_ database: [UInt8]) -> [Int] {
    let word = Array("CREATE TABLE".utf8)
    let starts = (0..<4096 - word.count).filter { Array(database[$0..<$0 + word.count]) == word }
    return starts.flatMap { Array($0 * 8..<($0 + 240) * 8) }.filter { $0 < 4096 * 8 && $0 % 3 == 0 }
  }

  @Test func aFlippedBitInTheSealLosesNothing() throws {
    let (job, database, seal) = try sealedJob()
    let reference = try ToyJob.reference(chunks: 2)
    for bit in 0..<seal.count * 8 where bit % 5 == 0 {
      try restore(job, database, Self.flipped(seal, bit))
      try job.removeIndex()
      job.probe.reset()
      let outcome = try job.run()
      #expect(outcome.warnings.count == 1 && outcome.files == reference)
      #expect(job.probe.count("add.2") == 0)
    }
  }

  @Test func aCutOrLostDatabaseIsRebuilt() throws {
    let (job, database, seal) = try sealedJob()
    let reference = try ToyJob.reference(chunks: 2)
    for length in [0, 1, 15, 16, 99, 100, 4095, 4096, database.count - 4096, database.count - 1] {
      for sealed in [true, false] {
        try restore(job, Array(database[..<length]), sealed ? seal : nil)
        try job.removeIndex()
        #expect(try job.run().files == reference, "\(length) bytes")
      }
    }
    try restore(job, database, seal)
    try FileSystem.removeFile(job.work + "/checkpoint.sqlite")
    #expect(try WorkVerifier.verify(job.work).count >= 1)
    try job.removeIndex()
    #expect(try job.run().files == reference)
    #expect(try WorkVerifier.verify(job.work).isEmpty)
  }
}
