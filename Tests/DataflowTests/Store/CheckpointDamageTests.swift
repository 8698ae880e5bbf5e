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
    let seed = UInt64.random(in: 0...UInt64.max)
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

  /// SQLite's rollback journal (sqlite.org/fileformat2.html, section 3) that restores every page of `database`.
  static func journal(restoring database: [UInt8]) -> [UInt8] {
    let pageBytes = Int(database[16]) << 8 | Int(database[17])
    let pages = database.count / pageBytes
    func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    var journal: [UInt8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]
    // Records, the checksums' start, pages before the transaction, sector, page.
    for value in [pages, 0, pages, 512, pageBytes] { journal += word(value) }
    journal += [UInt8](repeating: 0, count: 512 - journal.count)
    for page in 0..<pages {
      let bytes = Array(database[page * pageBytes..<(page + 1) * pageBytes])
      let checksum = stride(from: pageBytes - 200, to: 0, by: -200).reduce(0) { $0 + Int(bytes[$1]) }
      journal += word(page + 1) + bytes + word(checksum)
    }
    return journal
  }

  @Test(arguments: [true, false]) func anInterruptedTransactionIsRolledBack(verifyingFirst: Bool) throws {
    let (job, database, _) = try sealedJob()
    var torn = database
    for index in 4096..<database.count { torn[index] = 0xee }
    try restore(job, torn, nil)
    try ToyJob.overwrite(job.work + "/checkpoint.sqlite-journal", Self.journal(restoring: database))
    if verifyingFirst { #expect(try WorkVerifier.verify(job.work).isEmpty) }
    job.probe.reset()
    let outcome = try job.run()
    #expect(outcome.warnings.isEmpty && outcome.plan.isUpToDate && job.probe.calls.isEmpty)
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
