// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// A Swift target of this package. Arrows point down: a layer names only layers below it.
func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, resources: [.copy("Golden")],
    swiftSettings: settings)
}

let package = Package(
  name: "bigrain",
  products: [
    .executable(name: "pipeline", targets: ["pipeline"]),
    // Preloaded by tests: calls on files that fail.
    .library(name: "CFaults", type: .dynamic, targets: ["CFaults"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // L0: C
    .target(name: "CFaults", path: "Tests/CFaults"),
    .target(name: "CKernels"),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
    // L1, lower half: the one door to C, and what is built of it
    layer("Kernels", ["CKernels", "CLZ4", "CZstd", "CZlib", "CStemmer"]),
    layer(
      "Codecs",
      ["Kernels", .product(name: "Crypto", package: "swift-crypto")]),
    // L1, upper half
    layer(
      "Dataflow",
      ["Codecs", .product(name: "GRDB", package: "GRDB.swift")]),
    layer("Corpus", ["Codecs"]),
    layer("Drawing", []),
    layer("Tokenizers", ["Codecs"]),
    // L2
    layer("Shards", ["Codecs"]),
    layer("Search", ["Shards"]),
    layer("Inference", ["Codecs"]),
    layer("Encoders", ["Codecs", "Inference", "Tokenizers"]),
    layer("Backends", ["Encoders"]),
    layer("Quantizers", ["Codecs"]),
    layer("Interchange", ["Shards", "Search", "Quantizers"]),
    // L3
    layer(
      "Stages",
      [
        "Dataflow", "Corpus", "Tokenizers", "Shards", "Search", "Inference", "Encoders", "Backends", "Quantizers",
        "Interchange",
      ]),
    layer("Jobs", ["Dataflow", "Drawing", "Stages", .product(name: "Yams", package: "Yams")]),
    // L4
    .executableTarget(
      name: "pipeline",
      dependencies: [
        "Drawing", "Jobs", "Stages", "Search", "Inference", "Encoders", "Interchange",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // A worker of the backend protocol in one C file: an example, and what tests and benchmarks run.
    .executableTarget(name: "example-worker", path: "workers/example"),
    // Our side of the comparisons of `make bench`. In this package, because it uses what is internal to it.
    .executableTarget(
      name: "bigrain-bench", dependencies: ["Corpus", "Tokenizers", "Search", "Encoders", "Quantizers"],
      path: "Benchmarks/runner",
      swiftSettings: settings),
    // Measures the sparse side; not a product.
    .executableTarget(
      name: "sparsebench", dependencies: ["Search", "Shards", "Codecs", "Kernels"], swiftSettings: settings),
    tests(of: "Kernels"),
    tests(of: "Codecs"),
    tests(of: "Dataflow"),
    tests(of: "Corpus"),
    tests(of: "Drawing"),
    tests(of: "Tokenizers"),
    tests(of: "Shards"),
    tests(of: "Search", ["Shards"]),
    tests(of: "Inference", ["Kernels", "Tokenizers"]),
    tests(of: "Encoders", ["Codecs", "Inference", "Tokenizers"]),
    tests(of: "Backends", ["Encoders", "example-worker"]),
    tests(of: "Quantizers"),
    tests(of: "Interchange", ["Shards", "Search"]),
    tests(of: "Jobs", ["Dataflow", "Stages"]),
    .testTarget(
      name: "PipelineTests",
      dependencies: ["pipeline", "example-worker", "Jobs", "Stages", "Dataflow", "Shards", "Search"],
      resources: [.copy("Golden")], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)

// Fuzz/run.sh sets it: libFuzzer brings the entry point, so no other build can have this target.
if Context.environment["BIGRAIN_FUZZ_BUILD"] != nil {
  package.products.append(.executable(name: "fuzz", targets: ["Fuzz"]))
  package.targets.append(
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "Kernels", "Codecs", "Dataflow", "Corpus", "Tokenizers", "Shards", "Inference", "Backends", "Quantizers",
        "Interchange", "Stages", "Jobs",
      ],
      path: "Fuzz", exclude: ["run.sh", "seeds"], swiftSettings: settings))
}
