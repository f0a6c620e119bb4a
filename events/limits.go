package events

// Limits on what a campaign's log carries. A commit is one JetStream message; the server's default maximum payload, 1 MiB
// with headers, bounds them all.
const (
	// MaxRecordBytes bounds a record that carries no regulation.
	MaxRecordBytes = 64 << 10
	// MaxOpeningBytes bounds campaign.opened and regulation.amended, which carry a whole regulation.
	MaxOpeningBytes = 768 << 10
	// MaxCommitEvents bounds the events of one commit.
	MaxCommitEvents = 1000
	// MaxCommitBytes bounds the records of one commit, their line feeds included.
	MaxCommitBytes = 960 << 10
	// MaxBatchRows bounds an import's batch; a commit holds whole batches.
	MaxBatchRows = 500
	// MaxBatchBytes bounds an import's batch, line feeds included.
	MaxBatchBytes = 256 << 10
	// MaxTextBytes bounds one text field, so that no record nears its limit by one of them.
	MaxTextBytes = 8 << 10
	// MaxPlace bounds a place in an ordinal leaf: more than any cluster has units.
	MaxPlace = 1_000_000
	// MaxFiles bounds the evidence that one event names.
	MaxFiles = 50
	// MaxFindings bounds the strengths, and the shortcomings, of one evaluation.
	MaxFindings = 50
	// MaxSheetMarks bounds a sealed sheet: its marks and the event that reveals them fit one commit.
	MaxSheetMarks = MaxCommitEvents - 1
	// MaxPublicationDays bounds a publication: a year.
	MaxPublicationDays = 366
	// maxExactInteger is 2^53, from which on JSON readers lose integers.
	maxExactInteger = 1 << 53
)
