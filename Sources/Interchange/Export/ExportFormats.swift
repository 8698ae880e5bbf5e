/// Every format that an index can be written in: the registry of `--format`, of help and of the tests.
package enum ExportFormats {
  package static let all: [any ExportFormat.Type] = [
    CIFFExport.self, BMPExport.self, JSONVectorExport.self, SeismicExport.self, PISAExport.self, CSRExport.self,
    VespaExport.self, OpenSearchExport.self, ElasticsearchExport.self, NPYExport.self, FVecsExport.self,
    FBinExport.self,
    FaissFlatExport.self, FaissPQExport.self,
  ]

  /// The format of that name, if there is one.
  package static func named(_ name: String) -> (any ExportFormat.Type)? { all.first { $0.name == name } }
}
