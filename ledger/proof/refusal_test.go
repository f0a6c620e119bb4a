package proof_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

func drafts(texts ...string) (list []events.Record) {
	for _, s := range texts {
		list = append(list, events.Record(s))
	}
	return list
}

func refusal(t testing.TB, list []events.Record) *proof.Refusal {
	t.Helper()
	r := &proof.Refusal{Origin: testOrigin(), Drafts: list, Seq: 41, Time: at(1), Code: "closed", Reason: "The ballot is closed — since 8:00."}
	if err := r.Sign(logSigner(t)); err != nil {
		t.Fatal(err)
	}
	return r
}

func openRefusal(p *proof.Policy) func([]byte) error {
	return func(b []byte) error {
		_, err := proof.OpenRefusal(b, p)
		return err
	}
}

func TestRefusalRoundTrip(t *testing.T) {
	t.Parallel()
	p := testPolicy(1, 1)
	thousand := make([]events.Record, events.MaxCommitEvents)
	for i := range thousand {
		thousand[i] = events.Record(`{"x":"` + strings.Repeat("x", 900) + `"}`)
	}
	for _, list := range [][]events.Record{drafts(`{"a":1}`), drafts(`{"a":1}`, `{}`, `{"— ":"\n\n{"}`), thousand} {
		r := refusal(t, list)
		got := must[*proof.Refusal](t)(proof.OpenRefusal(r.Marshal(), p))
		if !reflect.DeepEqual(got, r) || !bytes.Equal(got.Marshal(), r.Marshal()) || !bytes.HasPrefix(r.Marshal(), r.Note()) {
			t.Errorf("%d drafts: it opens as %+v", len(list), got)
		}
	}
	if n := must[*note.Note](t)(note.Open(refusal(t, drafts(`{}`)).Note(), note.VerifierList(must[note.Verifier](t)(note.NewVerifier(proof.LogKey(p.Origin, p.Log)))))); !strings.Contains(n.Text, proof.DraftHash(drafts(`{}`))) {
		t.Errorf("a stock client reads %q", n.Text)
	}
}

func TestEachBitOfARefusal(t *testing.T) {
	t.Parallel()
	wantNoneOpens(t, refusal(t, drafts(`{"a":1}`, `{"b":2}`)).Marshal(), openRefusal(testPolicy(0, 0)))
}

// TestRefusalReasons: any reason becomes one line that opens.
func TestRefusalReasons(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{
		"", " ", "\n", "a\nb\r\tc\x00\x7f", "\n\n— x y\n", "{", "\n\n{}", "không hợp lệ", "\xff\xfe", "\u0085\u2028", strings.Repeat("x", 5000), strings.Repeat("ệ", 2000),
		"x" + strings.Repeat("ệ", 2000), strings.Repeat("\xff", 5000),
	} {
		r := &proof.Refusal{Origin: testOrigin(), Drafts: drafts(`{"a":1}`), Time: at(1), Code: "bad", Reason: reason}
		if err := r.Sign(logSigner(t)); err != nil {
			t.Fatal(err)
		}
		if len(r.Reason) > 4<<10 || !utf8.ValidString(r.Reason) {
			t.Errorf("the reason %.40q has %d bytes", r.Reason, len(r.Reason))
		}
		if err := openRefusal(testPolicy(0, 0))(r.Marshal()); err != nil {
			t.Errorf("the reason %.40q: %v", reason, err)
		}
	}
}

func TestRefusalIsNotSigned(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*proof.Refusal){
		"no draft":          func(r *proof.Refusal) { r.Drafts = nil },
		"empty draft":       func(r *proof.Refusal) { r.Drafts = drafts(``) },
		"no record":         func(r *proof.Refusal) { r.Drafts = drafts(`{}`, `x`) },
		"two lines":         func(r *proof.Refusal) { r.Drafts = drafts("{\n}") },
		"too many drafts":   func(r *proof.Refusal) { r.Drafts = drafts(strings.Split(strings.Repeat("{},", 1001), ",")[:1001]...) },
		"too long":          func(r *proof.Refusal) { r.Drafts = drafts("{" + strings.Repeat("x", events.MaxCommitBytes)) },
		"no code":           func(r *proof.Refusal) { r.Code = "" },
		"code of two lines": func(r *proof.Refusal) { r.Code = "a\nb" },
		"other log":         func(r *proof.Refusal) { r.Origin = proof.Origin("other", proof.Genesis(firstRecord)) },
	} {
		r := refusal(t, drafts(`{}`))
		change(r)
		if r.Sign(logSigner(t)) == nil {
			t.Errorf("%s: it is signed", name)
		}
	}
}

// statementRefusals changes a kept statement of the drafts {"a":1} and {"b":2}: none opens.
func statementRefusals(t *testing.T, right string, open func([]byte) error) {
	t.Helper()
	both := "\n{\"a\":1}\n\n{\"b\":2}\n"
	msg, ok := strings.CutSuffix(right, both)
	if !ok || open([]byte(right)) != nil {
		t.Fatalf("it is not what this test takes it for: %q", right)
	}
	signature := msg[strings.LastIndex(msg, "— "):]
	for name, data := range map[string]string{
		"nothing":             "",
		"no draft":            msg,
		"one draft less":      msg + "\n{\"a\":1}\n",
		"other draft":         msg + "\n{\"a\":1}\n\n{\"b\":3}\n",
		"other order":         msg + "\n{\"b\":2}\n\n{\"a\":1}\n",
		"one draft more":      right + "\n{\"c\":3}\n",
		"joined drafts":       msg + "\n{\"a\":1}\n{\"b\":2}\n",
		"cut off":             strings.TrimSuffix(right, "\n"),
		"line behind":         right + "\n",
		"line before":         "\n" + right,
		"doubled signature":   msg + signature + both,
		"no signature":        strings.TrimSuffix(msg, signature) + both,
		"signature of others": msg + signLine(t, msg, fixedCosigner{"stranger", testKey(99), 1}) + both,
		"CRLF":                strings.ReplaceAll(right, "\n", "\r\n"),
		"too many drafts":     msg + strings.Repeat("\n{}\n", 2000),
		"too long":            msg + "\n{" + strings.Repeat("x", proof.MaxStatementBytes) + "}\n",
		"no note":             both,
	} {
		if open([]byte(data)) == nil {
			t.Errorf("%s: it opens: %q", name, data)
		}
	}
}

func TestRefusalRefusals(t *testing.T) {
	t.Parallel()
	p := testPolicy(1, 1)
	statementRefusals(t, string(refusal(t, drafts(`{"a":1}`, `{"b":2}`)).Marshal()), openRefusal(p))
	// Signed by the log, but not in the form.
	sum := proof.DraftHash(drafts(`{}`))
	text := func(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
	const time = "2026-03-01T08:00:01.250Z"
	kept := func(text string) []byte { return []byte(text + "\n" + signLine(t, text, logSigner(t)) + "\n{}\n") }
	if err := openRefusal(p)(kept(text(proof.RefusalHeader, p.Origin, sum, "41", time, "code", "reason"))); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"lodging":      text(proof.LodgingHeader, p.Origin, sum, "41", time, "code", "reason"),
		"other log":    text(proof.RefusalHeader, proof.Origin("other", p.Genesis()), sum, "41", time, "code", "reason"),
		"other draft":  text(proof.RefusalHeader, p.Origin, proof.DraftHash(drafts(`{"x":1}`)), "41", time, "code", "reason"),
		"upper case":   text(proof.RefusalHeader, p.Origin, strings.ToUpper(sum), "41", time, "code", "reason"),
		"leading zero": text(proof.RefusalHeader, p.Origin, sum, "041", time, "code", "reason"),
		"no sequence":  text(proof.RefusalHeader, p.Origin, sum, "-1", time, "code", "reason"),
		"2^63":         text(proof.RefusalHeader, p.Origin, sum, "9223372036854775808", time, "code", "reason"),
		"other time":   text(proof.RefusalHeader, p.Origin, sum, "41", "2026-03-01T08:00:01Z", "code", "reason"),
		"line less":    text(proof.RefusalHeader, p.Origin, sum, "41", time, "code"),
		"line more":    text(proof.RefusalHeader, p.Origin, sum, "41", time, "code", "reason", "more"),
	} {
		if openRefusal(p)(kept(s)) == nil {
			t.Errorf("%s: it opens", name)
		}
	}
	other := testPolicy(1, 1)
	other.Log = other.Witnesses[0].Key
	if openRefusal(other)(refusal(t, drafts(`{}`)).Marshal()) == nil {
		t.Error("it opens with another key of the log")
	}
}
