package documents

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"campaignledger/projections"
)

// Field is a cell of an event and the name of its column.
type Field struct{ Name, Value string }

// AuditFields are an event's cells, with its sentence in lang. Lists have a space between two.
func AuditFields(l *projections.AuditLine, lang string) []Field {
	var files []string
	for _, f := range l.Files {
		reference := "sha256:" + f.SHA256
		if f.Held != "" {
			reference = f.Held + ":" + reference
		}
		files = append(files, reference)
	}
	sentence := ""
	if l.Type != "" {
		sentence = projections.Sentence(*l, lang)
	}
	return []Field{{"seq", number(l.Seq)}, {"type", string(l.Type)}, {"recorded", l.Recorded}, {"time", l.Time}, {"author", l.Author},
		{"id", l.ID}, {"cluster", l.Cluster}, {"unit", l.Unit}, {"criterion", l.Criterion}, {"level", l.Level}, {"scorer", l.Scorer},
		{"item", l.Item}, {"points", l.Points}, {"actual", l.Actual}, {"place", l.Place}, {"mark", l.Mark}, {"target", l.Target},
		{"basis", l.Basis}, {"evidence", l.Evidence}, {"reason", l.Reason}, {"supersedes", number(l.Supersedes)},
		{"superseded_by", number(l.SupersededBy)}, {"withdrawn", flag(l.Withdrawn)}, {"returned", number(l.Returned)}, {"late", flag(l.Late)},
		{"hold", strings.Join(l.Hold, " ")}, {"agreed", number(l.Agreed)}, {"of", number(l.Of)}, {"as", l.As}, {"note", l.Note},
		{"import", number(l.Import)}, {"file", l.File}, {"sha256", l.SHA256}, {"rows", number(l.Rows)}, {"order", strings.Join(l.Order, " ")},
		{"member", l.Member}, {"name", l.Name}, {"role", l.Role}, {"key", l.Key}, {"titles", strings.Join(l.Titles, " ")},
		{"stage", string(l.Stage)}, {"version", number(l.Version)}, {"drive", l.Drive}, {"title", l.Title}, {"kind", l.Kind},
		{"from", l.From}, {"to", l.To}, {"goal", l.Goal}, {"result", l.Result}, {"theme", l.Theme}, {"text", l.Text},
		{"text_hash", l.TextHash}, {"person", l.Person}, {"person_hash", l.PersonHash}, {"merit", l.Merit}, {"merit_hash", l.MeritHash},
		{"files", strings.Join(files, " ")}, {"days", number(l.Days)}, {"marks", number(l.Marks)}, {"root", l.Root},
		{"award", l.Award}, {"awards", strings.Join(l.Awards, " ")}, {"strengths", jsonCell(l.Strengths)}, {"shortcomings", jsonCell(l.Shortcomings)},
		{"recommendation", l.Recommendation}, {"consensus", strings.Join(l.Consensus, " ")}, {"ground", l.Ground}, {"ground_hash", l.GroundHash},
		{"standings", jsonCell(l.Standings)}, {"ballot", l.Ballot}, {"nominees", strings.Join(l.Nominees, " ")}, {"roll", strings.Join(l.Roll, " ")},
		{"present", strings.Join(l.Present, " ")}, {"question", l.Question}, {"base", l.Base}, {"quorum", l.Quorum}, {"threshold", l.Threshold},
		{"manner", l.Manner}, {"votes", jsonCell(l.Votes)}, {"hidden", flag(l.Hidden)}, {"tally", jsonCell(l.Tally)}, {"results", jsonCell(l.Results)},
		{"outcome", l.Outcome}, {"decision", jsonCell(l.Decision)}, {"appeal", number(l.Appeal)}, {"document", jsonCell(l.Document)}, {"old_key", l.OldKey}, {"made", l.Made}, {"sentence", sentence}}
}

// jsonCell is what has parts, as JSON; empty for nothing.
func jsonCell(v any) string {
	if value := reflect.ValueOf(v); value.Kind() == reflect.Pointer && value.IsNil() || value.Kind() == reflect.Slice && value.Len() == 0 {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil { // these are structs of texts and numbers
		return err.Error()
	}
	return string(text)
}

// number is a cell; empty for 0, which stands for none.
func number[T ~int | ~uint64](n T) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

func flag(set bool) string {
	if !set {
		return ""
	}
	return "true"
}
