//go:build browser

package server_test

import (
	"net/http"
	"testing"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// TestWitnessesInBrowser: the board says how many witnesses stand behind the log, and how many it takes, as they sign; what changes no rank is told
// to those who can't see it too.
func TestWitnessesInBrowser(t *testing.T) {
	t.Parallel()
	s := serve(t, openHost(t, rarely))
	s.open()
	newest := s.checkpointAt(small, 1)
	policy := s.policyAt(small)
	policy.Quorum = 2
	for _, name := range []string{"w1", "w2"} {
		policy.Witnesses = append(policy.Witnesses, proof.Witness{Name: name, Key: events.PublicKeyOf(privateKey(name, 1))})
	}
	if got := s.do(http.MethodPost, small+"/policy", string(policy.Marshal())); got.Code != http.StatusOK {
		t.Fatalf("adopt: %d %s", got.Code, got.Body)
	}
	b := openTab(t, s)
	b.open("/campaigns/small")
	b.until("the feed is open", `!document.getElementById("feed").hidden`)
	says := func(what string) {
		t.Helper()
		b.until("the board says: "+what, `document.getElementById("witnessed").textContent === "`+what+`"`)
		// A page that the server renders anew says the same.
		b.until("the server says so", `fetch(location.href).then((r) => r.text()).then((text) => { window.fresh = new DOMParser().parseFromString(text, "text/html").getElementById("witnessed").textContent; }) && window.fresh === "`+what+`"`)
	}
	s.append(draft("b", "x", 962))
	b.until("the mark is there", `document.querySelector('tr[data-unit="b"] .points').textContent === "962,00"`)
	says("chưa đủ nhân chứng: 0 trên 2 cần có")
	cosign := func(name string) {
		t.Helper()
		signer, err := proof.Cosigner(name, privateKey(name, 1))
		if err != nil {
			t.Fatal(err)
		}
		with, err := newest.Cosign(signer)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.do(http.MethodPost, small+"/cosignatures", string(with.Marshal())); got.Code != http.StatusOK {
			t.Fatalf("cosign: %d %s", got.Code, got.Body)
		}
	}
	cosign("w1")
	says("chưa đủ nhân chứng: 1 trên 2 cần có")
	cosign("w2")
	says("2 trong 2 nhân chứng (cần 2) đã ký đến sự kiện 1")
	s.append(draft("b", "y", 1))
	b.until("one unit's points are told", `document.getElementById("said").textContent === "Bee: 963,00 điểm."`)
	s.append(draft("b", "z", 2) + "\n" + draft("a", "z", 3) + "\n" + draft("d", "z", 1))
	b.until("ranks are told first", `document.getElementById("said").textContent.includes("hạng")`)
	s.append(draft("b", "q", 1) + "\n" + draft("a", "q", 1))
	b.until("how many units' points changed is told", `document.getElementById("said").textContent === "điểm đổi: 2 đơn vị."`)
}
