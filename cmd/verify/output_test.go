package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// shown runs the command for people.
func shown(t *testing.T, p *proof.Policy, bundle []byte, args ...string) (code int, out, messages string) {
	t.Helper()
	var b, errs bytes.Buffer
	args = append([]string{"--policy", put(t, "policy", p.Marshal()), put(t, "bundle", bundle)}, args...)
	code = run(t.Context(), args, nil, &b, &errs)
	return code, b.String(), errs.String()
}

// TestWrapped: no line is longer than 80 letters but for a word that is, and what goes on stands under its text.
func TestWrapped(t *testing.T) {
	t.Parallel()
	s := small(t, true, 3)
	for _, lang := range []string{"en", "vi"} {
		_, out, _ := shown(t, s.policy(3, 2), s.bundle(t), "--lang", lang)
		going := 0
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > standardWidth {
				t.Errorf("%q is too long", line)
			}
			if strings.HasPrefix(line, strings.Repeat(" ", textColumn)) && line[textColumn] != ' ' {
				going++
			} else if strings.HasPrefix(line, " ") {
				t.Errorf("%q is not under its text", line)
			}
		}
		if going < 3 {
			t.Errorf("%d lines go on:\n%s", going, out)
		}
	}
	if got := wrap("a bc dddddddd e f", 4); !slices.Equal(got, []string{"a bc", "dddddddd", "e f"}) {
		t.Errorf("%q", got)
	}
}

// TestOneAndMany: what is one is said to be one.
func TestOneAndMany(t *testing.T) {
	t.Parallel()
	s := tiny(t, 1)
	s.commits = s.commits[:1]
	s.points = map[uint64][]byte{}
	s.settle(t, 1)
	_, out, _ := shown(t, s.policy(1, 1), s.bundle(t), "--lang", "en")
	for _, want := range []string{"1 signature on 1 event is good", "1 event in ", "; 1 signature, "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// TestOtherLog: who takes the wrong policy is told so, and not of an event.
func TestOtherLog(t *testing.T) {
	t.Parallel()
	code, _, messages := shown(t, small(t, true, 0).policy(0, 0), small(t, false, 0).bundle(t))
	if code != exitBad || !strings.Contains(messages, "the bundle is of another log than the policy") || strings.Contains(messages, "event") {
		t.Errorf("exit status %d: %s", code, messages)
	}
}

// TestFlagsAreNamed: what is missing, or a directory, is named with its flag and what to do.
func TestFlagsAreNamed(t *testing.T) {
	t.Parallel()
	s := small(t, true, 1)
	policy, bundle, dir := put(t, "policy", s.policy(1, 1).Marshal()), put(t, "bundle", s.bundle(t)), t.TempDir()
	missing := filepath.Join(dir, "missing")
	for _, test := range []struct {
		args []string
		says []string
	}{
		{[]string{"--policy", missing, bundle}, []string{"--policy " + missing, "no such file", "campaign policy"}},
		{[]string{"--policy", dir, bundle}, []string{"--policy " + dir, "directory", "campaign policy"}},
		{[]string{"--policy", bundle, bundle}, []string{"--policy " + bundle, "line 1 of the policy"}},
		{[]string{"--policy", policy, missing}, []string{"BUNDLE " + missing, "no such file", "campaign export"}},
		{[]string{"--policy", policy, policy}, []string{"BUNDLE " + policy, "not a bundle", "campaign export"}},
		{[]string{"--policy", policy, "--against", policy, bundle}, []string{"verify: --against " + policy, "by its first line", "as it was kept"}},
		{[]string{"--policy", policy, dir}, []string{"BUNDLE " + dir, "directory", "campaign export"}},
		{[]string{"--policy", policy, "--against", missing, bundle}, []string{"--against " + missing, "no such file", "name something"}},
		{[]string{"--policy", policy, "--document", dir, bundle}, []string{"--document " + dir, "directory", "PDF"}},
		{[]string{"--policy", policy, "--evidence", missing, bundle}, []string{"--evidence " + missing, "no such file", "directory"}},
		{[]string{"--policy", policy, "--evidence", bundle, bundle}, []string{"--evidence", "name the directory"}},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), test.args, nil, &out, &errs)
		if i := slices.IndexFunc(test.says, func(says string) bool { return !strings.Contains(errs.String(), says) }); code != exitFailed || i >= 0 {
			t.Errorf("%v: exit status %d: %s", test.args, code, errs.String())
		}
	}
}

// TestNoRemedies: what admission says to authors is not said to auditors, of the bundle, of a refusal or of a lodging.
func TestNoRemedies(t *testing.T) {
	t.Parallel()
	l := small(t, true, 3)
	p, bundle := l.policy(3, 2), l.bundle(t)
	forge := func(r events.Record) events.Record { return bytes.Replace(r, []byte(`"8"`), []byte(`"9"`), 1) }
	l.commits = l.commits[:5] // drafts claim the time of the sixth commit
	at, alien := l.now().Add(-time.Second), forge(l.draft("b-head", "b", score("B", "b", "8")))
	l = &teller{t: t, story: small(t, true, 3).story}
	_, kept, _ := shown(t, p, bundle, "--lang", "en", "-o", "json", "--against", put(t, "kept", l.refusal(t, 7, at, projections.CodeSignature, alien)),
		"--against", put(t, "kept", l.refusal(t, 7, at, projections.CodeLate, alien)), "--against", put(t, "kept", l.lodging(t, at, alien)))
	l.commits[4].records[0] = forge(l.commits[4].records[0])
	_, forged, _ := shown(t, p, l.bundle(t), "--lang", "en", "-o", "json")
	for _, says := range []string{"rightly refused after event 7: the signature", "for another reason: the signature", "refuses it before event 8: the signature"} {
		if !strings.Contains(kept, says) {
			t.Errorf("%q is not in %s", says, kept)
		}
	}
	if !strings.Contains(forged, "event 7: the signature") || strings.Contains(kept+forged, "sign the record") {
		t.Errorf("%s%s", kept, forged)
	}
}

// TestVietnameseWords: one word for one thing.
func TestVietnameseWords(t *testing.T) {
	t.Parallel()
	l := small(t, true, 3)
	p, bundle := l.policy(3, 2), l.bundle(t)
	l.commits = l.commits[:5]
	fine := l.draft("b-head", "b", score("B", "b", "4"))
	l = &teller{t: t, story: small(t, true, 3).story}
	_, out, _ := shown(t, p, bundle, "--lang", "vi", "-o", "json", "--against", put(t, "kept", bundle), "--against", put(t, "kept", l.receipt(t, 6, 7)),
		"--against", put(t, "kept", l.lodging(t, l.now(), fine)), "--against", put(t, "kept", l.points[5]))
	for _, want := range []string{"gói kiểm chứng nối tiếp", "dự thảo", "giấy gửi", "biên nhận", "điểm kiểm tra"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	for _, bad := range []string{"hồ sơ", "bản thảo"} {
		if strings.Contains(out, bad) {
			t.Errorf("%q is in %s", bad, out)
		}
	}
}
