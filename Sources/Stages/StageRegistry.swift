package import Dataflow

/// Every stage there is: the registry that YAML, help and the conformance tests iterate.
package enum StageRegistry {
  package static let all: [StageType] = [
    StageType(Read.self),
    StageType(ReadSparse.self),
    StageType(ReadDense.self),
    StageType(Identify.self),
    StageType(Segment.self),
    StageType(Tokenize.self),
    StageType(CountTokens.self),
    StageType(Analyze.self),
    StageType(FitDocumentFrequencies.self),
    StageType(EncodeBM25.self),
    StageType(FitImpactRange.self),
    StageType(QuantizeImpacts.self),
    StageType(MakeQueries.self),
    StageType(FitPQ.self),
    StageType(FitContrastiveQuantizer.self),
    StageType(FitCentroids.self),
    StageType(FitIdf.self),
    StageType(ExpandTilde.self),
    StageType(ExpandPredictions.self),
    StageType(EncodeTildeV2.self),
    StageType(EncodeUniCOIL.self),
    StageType(EncodeDeepImpact.self),
    StageType(EncodeSplade.self),
    StageType(EncodeSparse.self),
    StageType(EncodeDense.self),
    StageType(EncodeColBERT.self),
    StageType(FitDocumentOrder.self),
    StageType(Shard.self),
  ]
}
