package pact

import (
	"strings"
	"testing"
)

// text is all that stands on the pages of p, line breaks as spaces.
func text(t *testing.T, p Pact, lang string) string {
	t.Helper()
	var b strings.Builder
	for _, pg := range lay(t, p, lang) {
		b.WriteString(printed(pg))
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func TestThePactSaysWhoWatches(t *testing.T) {
	t.Parallel()
	const (
		unsafeEN, unsafeVI = "No safe quorum.", "Không có túc số an toàn."
		splitsEN, splitsVI = "can both have a quorum: units can be shown", "có thể cùng đủ túc số: các đơn vị"
		silentEN, silentVI = "they can keep every checkpoint from having a quorum", "không điểm kiểm tra nào đủ túc số."
		noneEN, noneVI     = "Nobody outside watches the log: the regulation names no witnesses.", "Không có ai bên ngoài theo dõi sổ: quy chế không chỉ định nhân chứng nào."
	)
	every := map[string][]string{"en": {unsafeEN, splitsEN, silentEN, noneEN}, "vi": {unsafeVI, splitsVI, silentVI, noneVI}}
	for _, c := range []struct {
		name   string
		p      Pact
		en, vi []string
	}{
		{"none", sample(7), []string{noneEN}, []string{noneVI}},
		{"safe", watched(sample(7), 7, 2, 0),
			[]string{"May collude at most 2 of 7, the lead unit's witness counted", "Quorum 5 of 7 cosignatures", " cao-bang-w Công an tỉnh Cao Bằng ", " archive of no unit "},
			[]string{"Có thể thông đồng nhiều nhất 2 trong số 7, kể cả nhân chứng của cụm trưởng", "Túc số 5 trong số 7 chữ ký xác nhận", " archive không thuộc đơn vị nào "}},
		{"safe, not reachable", watched(sample(7), 4, 1, 4), []string{"4 of 4 cosignatures", silentEN}, []string{"4 trong số 4 chữ ký xác nhận", silentVI}},
		{"too few", watched(sample(7), 5, 2, 0), []string{unsafeEN, silentEN}, []string{unsafeVI, silentVI}},
		{"quorum too low", watched(sample(7), 5, 1, 2), []string{unsafeEN, splitsEN}, []string{unsafeVI, splitsVI}},
		{"both", watched(sample(7), 4, 3, 3), []string{unsafeEN, splitsEN, silentEN}, []string{unsafeVI, splitsVI, silentVI}},
	} {
		for lang, want := range map[string][]string{"en": c.en, "vi": c.vi} {
			all := text(t, c.p, lang)
			for _, s := range want {
				if !strings.Contains(all, s) {
					t.Errorf("%s, %s: %q is missing in:\n%s", c.name, lang, s, all)
				}
			}
			for _, s := range every[lang] {
				if strings.Contains(all, s) != strings.Contains(strings.Join(want, "\n"), s) {
					t.Errorf("%s, %s: %q, unexpectedly", c.name, lang, s)
				}
			}
		}
	}
}
