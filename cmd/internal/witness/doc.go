// Package witness watches the log of one campaign from a member's own site. It trusts a policy that it got by another way than the server, and
// nothing that the server says. Round after round it asks for the newest checkpoint, fetches what is new, checks that the log only grew, that
// what is new fits what the log signed, that it was recorded when it says, and that the rules admit it; keeps its own copy; and then cosigns.
//
// # Its directory
//
// DIR/<campaign>/ holds:
//
//	state.json         what counts of the other files, written anew in one step; what stands behind it in a file is cut off at the start
//	records.ndjson     {"seq","recorded","record"}, one event a line, from event 1 on without a gap, records verbatim
//	pending-<n>.ndjson what follows from the first hidden event n on: such lines, and {"seq","recorded","leaf"} for what is hidden
//	checkpoints.txt    every checkpoint, signed notes one after the other, sizes never decreasing; one stands there again, with more
//	                   cosignatures, for each time that news of it came
//	tree/              tiles of the Merkle tree; made again from the records at each start
//	evidence/<sha256>  files that the records name, as far as the server gives them
//	lodged/<hash>.lodging   drafts that were lodged here
//	fork-<size>-ours.note, fork-<size>-theirs.note, fork-<size>-given.ndjson, alarm-…   what proves an alarm; never removed
//
// # Order and durability
//
// Records are written, then checked against the signed root, then refolded. Only when all is well they are synced, then state.json with the new
// cosignature in it is, and only then the server sees the cosignature: whatever happens in between, the witness never cosigns a second history. An
// alarm leaves state.json as it was, so that the next start finds the same again if the server still shows it.
//
// # What it can't see
//
// What is hidden by a freeze or an open ballot is checked for growth alone until it is revealed: then it must hash to the leaf that was kept, and
// the refold goes on where it stopped. A server that shows others another history is found out by comparing (peers), not by looking.
package witness
