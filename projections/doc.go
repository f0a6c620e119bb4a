// Package projections folds a campaign's events: who may still say what (State), the standings (board), the history (journal), and
// what a rank is made of (Why). A fold is a function of the events and their recorded times. It reads no clock, no randomness, no map
// in its order and no float, so that every server, reader and verifier gets the same answer from the same log.
//
// # Data flow
//
//	draft → Complete → Check → Admit → (fsync) → Commit → journal, boards → Standings, Audit, Why, Blockers
//
// Check looks at a signature ahead of admission, from any goroutine. Admit checks an event against everything admitted before and
// overlays its effect. The overlay can be undone to any Savepoint and becomes part of the state at Commit; readers see what is committed
// and nothing else. A lost race with another process therefore costs an undo, never a refold. What is admitted does not depend on where
// commits end; only Settle, at the end of each body, looks at the body as a whole. Live puts all folds together behind one lock and is
// the gate that package ledger is given.
//
// # Admission, rules version 1
//
// For every event: the campaign is open and is the one the record names; the event is the next one and its id is new; recorded times
// do not decrease; no import of another is under way (for 5 s after its last row), and no sheet is half open. Claimed times lie at most 5
// minutes after the recorded time; with clock: live at most delay before it; with clock: historic not before the previous event's.
//
// A campaign whose regulation has members is signed; any other is unsigned. In an unsigned one a signature is refused, everybody may say
// what needs no members (column unsigned) until campaign.closed, there are no stages, and joint acts have their effect at once. In a
// signed one the author is a member that may speak, the signature is good under the key that the member has at this place of the log,
// and then this table holds, from top to bottom what [Rules] gives:
//
//	type                   who                                                 stages                closed  unsigned  endorsement                                    effect
//	appeal.decided         head, authority of another unit                     scoring–final         yes     yes       by a head: share                               upholds or dismisses; what an upheld one may change is flagged
//	appeal.filed           head, officer of the subject                        scoring–final         yes     yes       -                                              objects to an event, on time or late
//	award.decided          head, authority                                     ballot–final          yes     -         -                                              grants or refuses; a head of the lead transcribes
//	award.proposed         head of the lead                                    ballot–final          yes     -         -                                              sends a nominee to the authority
//	award.revoked          head, authority                                     ballot–final          yes     -         -                                              takes an award away; a head of the lead transcribes
//	ballot.cast            council                                             ballot–final          -       -         -                                              votes, hidden until the close
//	ballot.closed          head                                                ballot–final          -       -         early, or not by the lead: share               ends the voting; the result follows
//	ballot.opened          head                                                ballot–final          -       -         again: share                                   puts nominees to the council
//	ballot.tallied         teller                                              ballot–final          -       -         three tellers                                  counts a paper ballot
//	campaign.closed        head of the lead                                    final                 -       yes       -                                              ends the campaign
//	campaign.opened        head of the lead                                    before all            -       yes       -                                              puts the regulation in force
//	commendation.recorded  head, authority                                     open–final            -       yes       -                                              commends; the standings stay
//	document.issued        head, council, officer, teller, authority           draft–final           yes     yes       -                                              logs a document, or its signed copy
//	drive.closed           head, officer of the lead                           open–review           -       yes       -                                              ends a drive
//	drive.launched         head, officer of the lead                           open–review           -       yes       -                                              begins a drive
//	entry.withdrawn        head, officer, reviewer, council for the scorer     open–review           -       yes       -                                              takes an entry out of account
//	evaluation.recorded    head, reviewer, council, authority of another unit  review–ballot         -       yes       -                                              says what is good and what is wanting
//	exclusion.imposed      head, authority of another unit                     open–final            -       yes       by a head: share                               bars from awards; the standings stay
//	exclusion.lifted       head, authority of another unit                     open–final            -       yes       by a head: share                               ends an exclusion
//	explanation.filed      head, officer of the subject                        scoring–deliberation  -       yes       -                                              answers an entry or its return
//	import.started         head, officer, reviewer, council                    open–review           -       yes       -                                              announces rows
//	ledger.taken-over      head                                                draft–final           yes     yes       share                                          lets another log key go on from a restored copy
//	member.appointed       head                                                draft–final           yes     -         by another unit: two heads; some roles: share  makes a member
//	member.rekeyed         all                                                 draft–final           yes     -         by another unit: two heads; some roles: share  replaces a key
//	member.removed         head of the subject                                 draft–final           yes     -         -                                              ends a member's right to speak
//	nomination.proposed    head, council                                       deliberation–final    -       yes       -                                              names a unit for an award
//	nomination.withdrawn   head, council                                       deliberation–final    -       yes       -                                              takes a nomination back
//	publication.started    head of the lead                                    deliberation–final    -       yes       -                                              begins the days of publicity
//	record.endorsed        all                                                 draft–final           yes     -         -                                              counts towards what it names; received proves notice
//	regulation.amended     head of the lead                                    draft–review          -       -         once scored, or of witnesses: share            puts another regulation in force, reopens the leaves it touches
//	report.filed           head, officer of the subject                        open–review           -       yes       -                                              reports, on time or late
//	score.entered          all for the scorer                                  scoring–review        -       yes       transcribed: scorer; own review: second        gives a mark
//	score.returned         head, reviewer, council of another unit             scoring–review        -       yes       -                                              sends an entry back; it counts until replaced
//	sheet.revealed         all for the scorer                                  review                -       -         -                                              opens a sealed sheet
//	sheet.sealed           all for the scorer                                  scoring               -       -         -                                              commits to a sheet
//	stage.advanced         head of the lead                                    draft–ballot          -       -         -                                              begins the next stage, if nothing blocks it
//	standings.frozen       head of the lead                                    scoring–ballot        -       -         -                                              hides from the hall what follows
//	standings.revealed     head of the lead                                    scoring–final         -       -         -                                              ends the freeze
//	target.set             head, officer, reviewer for the scorer              open–review           -       yes       -                                              sets a unit's target
//	tie.decided            head of the lead                                    review–deliberation   -       yes       share                                          orders tied units
//	unit.joined            head of the subject                                 draft–open            -       -         -                                              lets the unit's members speak
//	unit.withdrawn         head of the subject                                 draft–ballot          -       -         -                                              silences the unit; its standings stay
//
// who is the author's role (all: every role) and unit: of the lead, a unit that leads a cluster; of the subject, the unit that the event is
// about; of another unit than that; for the scorer, see Speaking. stages are the first and the last one; closed says whether the type is
// admitted after campaign.closed too. The endorsements are:
//
//   - share: the heads of the regulation's share of units (endorse, 2/3 if not given) agree. The author's unit is counted. The share
//     is of the units that have joined and not withdrawn, at the endorsement that reaches it; each unit counts once. It must be reached in
//     the stages in which the act may be proposed.
//   - two heads: the heads of two other units agree; a unit that leads a cluster is not counted, an author that may be counted is.
//   - scorer: a member that speaks for the scorer agrees to the entry, or to its import.
//   - second: a head or reviewer of another unit than the author's seconds the entry, or its import.
//   - three tellers: the count's author is the first; at most half of those who stand behind it belong to candidates' units.
//
// An endorsement names a record by id and SHA-256. received has no effect but to prove notice, and any record may be received that carries
// a signature, or is transcribed. Nothing is agreed to, seconded or received twice for the same unit (marks and counts: by the same
// member). reviewed says that somebody looked again, see Appeals. An act that could not take effect as it was proposed, or whose stages are
// over, is not agreed to any more.
//
// # Members and keys
//
// The founding members stand in the regulation. Record 1 is signed by the head of a lead, under the key that stands in it; its signature
// covers 64 zeros in place of the genesis hash. A unit's members may say nothing before the unit's head has signed unit.joined, the opener
// included, nor after unit.withdrawn; a lead does not withdraw. Members of no unit need no pact. unit.joined names awards of the
// regulation.
//
// A unit's head appoints its members, gives them other keys and removes them, nobody else does. A head is not removed: it appoints the next
// head, which ends its own membership. Where a head's key is lost, another unit's head proposes the new key, or a new head, and two heads give
// it its effect, of which no lead is one; the same serves for the key of a member of no unit, which may also replace its own. A key is proved
// by its holder for this campaign and this member id, and belongs to one member for ever: no key and no id comes back. No member has the id of
// a unit other than its own. What a key signed while it was the member's stays valid; what comes after it was replaced, or the member removed,
// is refused. An authority or an auditor, and from the deliberation on a member of the council, is a member, or has another key from its head,
// when the units' share has endorsed it: who decides on others, or votes on them, is not one unit's choice. In the stage draft, before all
// units have joined, that can't be begun. A unit has as many members of the council as the regulation has seats for it, where it names none 10.
// While the standings are frozen nobody is appointed to a role that sees through the freeze (reviewer, council, auditor, authority), nor given
// the key of one by another.
//
// # Speaking
//
// The head, the officers and the reviewers of a unit speak for it as a scorer; a member speaks for its own id. A member that bears its
// unit's id speaks by its role. The rows of an import, and of an opened sheet, carry no signature: the signed event they name as their
// cause speaks for them, also where its author was removed or has another key by the time they come.
//
// Marks for a scorer that the author does not speak for are entered by a head, officer or reviewer, with basis: transcribed, and wait for
// the scorer. Where the regulation says transcribed: official they do not wait, but for those about the author's own unit, and only a
// lead's members enter them. They do not replace the scorer's own mark, nor one that it confirmed, and these are withdrawn by nobody else.
//
// At a council level the scorer is a member of the council, and with recuse-own it gives its own unit mark recused only. A member of the
// lead reviews its own unit (at any level but own-unit) not at all where lead-reviews-own says refuse, and with a second where it says
// second; to abstain or to stand aside is no review. A target is set by who does not belong to the unit it is for.
//
// A mark that waits, or that an amendment reopened, is current, is shown, and does not count.
//
// # Entries
//
//	target.set        known cluster, unit and target leaf, assigned to the unit; scorer is not the unit; supersedes and reason as below
//	score.entered     known cluster, unit, leaf and level, assigned to the unit; the level lets the scorer score the unit; the mark is of
//	                  the method's kind and in its range; item on adjustments only; one scorer with a value where the aggregate is
//	                  single; one place of a scorer to one unit once the body ends; the version of the regulation in force; supersedes
//	                  and reason as below
//	entry.withdrawn   names a current entry about its subject, with a reason; in a signed campaign by who speaks for its scorer or entered it;
//	                  or an import that lacks rows, which ends it: by its author, the head of that unit (the subject) or a lead's
//	tie.decided       known cluster, different units of it; whether they tie is asked by the standings, at every sequence again
//	import.started    batches that add up; its rows follow in order, and each batch's records have the announced RFC 6962 root
//
// An entry whose key (cluster, unit, leaf, level, scorer, item; for targets cluster, unit, leaf) has a current entry names exactly that
// one in supersedes and says why; an entry whose key has none supersedes nothing. At a level open to any, peer-units, own-unit,
// not-own, the lead or a list, the rule holds for the scorer's id; council ids are taken as given while there are no members.
//
// Evidence: in a signed campaign a mark names it as sha256:<hex>, or unit:sha256:<hex> where the unit holds the file, one space between two.
// Where the leaf requires evidence a mark with a value at the lowest level, where the claim is made, names some, unless the level is sealed.
//
// # Review
//
// score.returned sends the current mark back, which counts on; not by who it is of, and not twice. An explanation by the unit, of the mark
// or of its return, answers it, and so do a later mark and a withdrawal.
//
// At a sealed level of a signed campaign marks come from sheets only. sheet.sealed commits to all marks of a scorer in a cluster; while
// scoring lasts a later one replaces it. In the review sheet.revealed, by the member that sealed, gives the salt; exactly the marks that
// were sealed follow in their order, in the same body, with nothing in between; they name it as their cause, claim its time, say nothing
// that the sheet does not, and have the ids of [events.SheetRowID]. Else nothing of it is admitted. After that a mark changes only when it
// was returned or reopened. A sheet that is not revealed is missing (unrevealed: void), or keeps the review from ending (block).
//
// Deadlines go by the recorded time, its millisecond included: of a level for its marks and sheets, of reports the first one that is not
// before the last day of the report's period, of appeals for their filing. What is late is marked, or refused where the regulation says so.
// A mark of a sheet is as late as its seal was; one that follows an appeal is never late.
//
// # Amendments
//
// regulation.amended carries the whole next version. Until a target, a mark or a seal was given it is in force at once, after that with
// the share. It does not change the campaign's id, the clock, the founding members, the levels' ids, order and sealing, the clusters and
// their units; and it takes no leaf out. All else it may change, the witnesses included. Marks on a leaf whose method, bounds, weight, table,
// aggregate, evidence or places it changes are reopened: they do not count until they are entered again, naming the version. An amendment
// that another one overtook has no effect, nor has one without its share when the review ends.
//
// # Stages
//
// draft, open, scoring, review, deliberation, ballot, final, one step at a time, each begun by stage.advanced unless something blocks it:
//
//	draft         a unit that has not joined
//	scoring       an import that lacks rows
//	review        an import that lacks rows; a leaf without official points; a return that is not answered; a sheet that is not revealed,
//	              where the regulation says block; a mark that waits
//	deliberation  units that tie
//	ballot        a freeze; a ballot that is open
//
// What only a unit that withdrew, or a member that was removed, could end does not block. standings.frozen and standings.revealed change
// nothing but who is shown what; while frozen, or while a ballot is open, a campaign is not closed. After campaign.closed a signed campaign admits what the table
// says, an unsigned one nothing.
//
// # The year's work
//
// A drive is launched once and closed once; its id is used once. A unit reports once on a drive and period; a later report names the one it
// replaces and says why; one on a drive is late when the drive is closed, and comes from a unit of the drive's cluster. A lead's head commends every unit, another head its own, the authority every unit. A publication names an event, or
// the standings.
//
// # Evaluations and exclusions
//
// An evaluation names strengths or shortcomings of a unit, on criteria of its cluster and drives that were launched. Each evaluator has one
// on a unit, and one consensus that names evaluations of the unit; a later one of the same author and kind names the one it replaces and
// says why. A consensus replaces none that it weighs.
//
// An exclusion bars a unit from the awards it names, and from those within them; from all where it names none. It bars on its first day, on
// its last (without one: until it is lifted), and on all between. A day is that of an event's recorded time, in a historic campaign of its
// claimed one, in the period's zone. From the day on which a lift has its effect it does not bar. An authority's exclusions, lifts and
// answers to appeals have their effect at once, a head's at the share, which the unit concerned does not endorse. What a head enters for the
// authority has basis: transcribed and the paper's number, date, signatory and scan hash; an authority transcribes nothing. No paper is of a
// later day than its event.
//
// # Nominations
//
// nomination.proposed names the standings by the last event that they hold and by [StandingsSHA]; nothing may have moved them since. In a
// signed campaign a head or member of the council of the cluster nominates, or one of the council who belongs to no unit. The nominee
//
//   - has not withdrawn, and is not excluded from the award on that day;
//   - is not nominated for the award, for one within it, or for one that it stands within;
//   - stands, where the award is within another, with fewer than places(other) + places(award) units before it, and so on outwards;
//   - has fewer units before it than the award has places, or a reason is given. Not counted are units that are excluded from the award,
//     have withdrawn, or are nominated for an award within it.
//
// Before a unit stands who has a better rank; who shares its rank does not. A cluster has at most as many nominees as the award has places. A
// nomination whose proposal was refused, or whose award was revoked, holds no place; the unit is not nominated for that award again. A
// nomination is withdrawn by its author, the head of its unit or of the lead, not while a ballot on it is open nor once it was proposed; one
// that a ballot carried by the head of its unit only, as long as it may still be proposed.
//
// # Ballots
//
// Ballots, proposals and transcribed decisions are said by the head of the cluster's lead; in a cluster without one, by that of any lead. A
// ballot is put again, or ended in the lead's place, by any head of the cluster too: that takes the share.
//
// ballot.opened repeats the award's vote: base, threshold, quorum (left out where it is none). The roll is the council of the cluster: its
// members of units of the cluster that have joined and not withdrawn, and those of no unit. Those present reach the quorum of the roll. A
// secret vote takes kind paper. Every nominee is nominated for the award and not proposed, and is asked of once more as at its nomination:
// not withdrawn, not excluded, not flagged. While a ballot is open no member is appointed, rekeyed or removed and no unit withdraws.
//
// A ballot on nominees that were voted on before, also under an earlier nomination for the award, names the close of that ballot, with a
// reason, and takes votes at the share, if roll and nominees are then as they have to be. The earlier one stays visible, and stands for
// nominees that are not put again. The newest ballot on a nomination is what counts.
//
// With recuse-own a member does not vote on its own unit: it votes recused, or leaves the slip blank there. In a named ballot each member
// of the roll votes once, on every nominee; who is not present votes in writing, where the regulation says written. Nothing is wanting once
// all present have voted, of whom who stands aside on all nominees need not. In a paper ballot a teller counts slips:
//
//	valid + invalid = returned ≤ issued ≤ present + absent, written ≤ absent, returned - written ≤ present
//	for + against ≤ valid, and ≤ those present who need not stand aside + the written, of absent who need not
//
// where absent is 0 if nothing may be written. Nothing is wanting once three tellers stand behind a count, at most half of them of nominees'
// units; no other count is endorsed after that.
//
// The lead closes a ballot when nothing is wanting. Else, or by another head, ballot.closed takes a reason and the share, and votes are taken
// until it has that. What the ballot gives stands with the event by which it ended; a paper ballot that ends without a count carries nobody.
//
// The base of a nominee is the roll (members), or those present and the absent who voted in writing (present), without those who have to
// stand aside; of written slips it is known who that is only when all absent wrote. Who abstains, stands aside without having to, does not
// vote or spoils its slip is in the base. A nominee is carried if for ÷ base reaches the threshold, exactly, and the base is not 0. Votes
// in a named ballot are shown at its close, with what it gives: see [Live.HidesVote].
//
// # Awards
//
// award.proposed, by the lead's head, names a nominee that is as at its ballot: not withdrawn, not excluded, not flagged. It was carried by
// the newest ballot on its nomination; where the award has no vote, none is named. Proposals that stand, which are those not refused nor
// revoked, are at most as many as places.
//
// award.decided grants, refuses, or grants another award. It is signed by the authority, not of the nominee's unit, or transcribed by the head
// of the cluster's lead: of another award only one that the proposed one stands within, and of a revocation only that of a decision that was
// transcribed too, unless an appeal is named. A second decision on a proposal names an appeal that was upheld since the first, and takes its
// place; the authority's own takes that of a transcribed one without an appeal, and a transcription its place only after an appeal against the
// decision or its proposal. Nothing is granted to a unit that is excluded from it on that day or has it by another proposal, nor beyond a
// quota: in a campaign of several clusters at most share × the proposals of all clusters that stand, for the award that the quota is of or one
// within it, rounded. award.revoked takes away what is in force, with its ground.
//
// # Appeals and corrections
//
// A unit appeals against any event. While an upheld appeal was not looked at, the unit and the one that the event is about have a note in the
// standings. What follows one (a decision, a revocation, a mark, target or withdrawal) names it, and it is of that unit or about what is
// changed; marks, targets and withdrawals that do are admitted after the review and after campaign.closed. An appeal against an entry, or
// against what was said of one, lets that unit's leaf be corrected in that cluster, each current entry once; one against anything else the
// leaves of the unit that filed it; one against a proposal, decision or revocation none. Nothing new is entered by an appeal that was looked
// at. That, or reviewed by a head, reviewer or council of another unit of the cluster or by the authority, ends the note. An appeal against
// a proposal, decision or revocation leaves no note.
//
// A nomination is flagged when something moved its cluster's standings after those that it names, or an appeal that leaves a note was upheld; a
// note that goes is nothing. reviewed, by the same, not of its unit, lets it stand again: within as at its nomination, and in order or with a
// reason there or a note here.
//
// # Take-over
//
// A copy that was restored from a backup goes on by ledger.taken-over, which any head proposes, also where the lead is gone; in an unsigned
// campaign also after its close. It names the copy's last event, after which nothing stands but take-overs and endorsements, now and when it
// takes effect. oldKey is the key that signs, where an earlier take-over says which; key signs from then on. Whether root is the copy's is asked
// by who has the tree.
//
// # Documents
//
// document.issued logs the SHA-256 of a document made of the campaign up to an event that there is; a signed copy names it. Heads and officers
// of units that lead no cluster issue score sheets of their own unit, and signed copies of these.
//
// # Limits
//
// A campaign holds at most 2^32-1 events, a signed one at most 20,000 members, removed ones included, and each of them stores at
// most 1,000,000 records of 512 MiB in all, rows included: the log can't be emptied.
//
// A refusal is a *Refusal: a stable Code, the field, what is wrong, what to do. It changes nothing.
//
// # Standings
//
// A board keeps one cluster. An entry marks its unit and leaf; the next read recomputes what is marked. A target or proportional leaf
// depends on the column's largest value: an entry that leaves it alone costs O(1) there, one that moves it O(n) in units. Ranking is
// O(n log n). A read after which nothing changed returns the same snapshot. The arithmetic is exact: marks are millionths in 64 bits,
// sums 128 bits, quotients fractions; the one rounding is half away from zero, where the regulation puts it.
//
// # What if
//
// WhatIf works out the standings under an assumption: other weights or aggregates of leaves, no marks of somebody. It changes a copy of the
// regulation in force and folds the same marks with the same boards, so that it is to the point what a campaign under that regulation would
// have; beside the official standings, never in their place, and never stored. Without is the WhatIf without one unit's marks.
//
// # Reading the source
//
// plan.go prepares a regulation. journal.go keeps the facts. rules.go has the table. state.go, table.go and admit*.go admit; members.go says
// who speaks, endorse.go gives joint acts their effect, amend.go changes the regulation, stages.go says what blocks. admit_evaluation.go,
// admit_exclusion.go, admit_nomination.go, admit_ballot.go, admit_vote.go, ballot_results.go, admit_award.go and admit_appeal.go lead to
// awards, with the tables of award_tables.go; standings_ref.go names standings. board.go, column.go, score.go and standings*.go rank.
// audit*.go, related.go, awards*.go, award_trail.go, why.go, marks.go, asof.go and reveal.go answer questions; sentence*.go puts events into words.
// history.go walks the past with its boards, for the standings as of any event, for timeline*.go, which tells the course of the ranks,
// anomalies*.go, which says what deserves a look, and for whatif*.go and without.go, which change what the standings are made of. stability*.go
// says how little would turn neighbours round, scorers.go who marked how. import.go plans a file. live.go puts them together.
package projections
