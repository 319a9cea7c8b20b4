/** The door of the importer's room. */
export { type ApiPort, type ImportFile, importFiles } from "./importer.ts";
export { countsOf, type ImportReport, reportJson, reportText } from "./report.ts";
