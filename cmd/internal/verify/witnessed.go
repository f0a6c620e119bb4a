package verify

import (
	"slices"
	"strings"

	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// witnessed is the line on the quorum. A policy that is not the regulation's comes first: it says why a quorum is missing, and that one which is
// there may be worth nothing.
func (v *verifier) witnessed() Line {
	c, p := &v.chain, v.o.Policy
	size := c.tree.Size()
	if !v.whole {
		return v.cut(Witnessed)
	}
	if !v.fold.stopped() {
		if differ := v.policyDiffers(v.fold.live.Summary().Regulation); len(differ) > 0 {
			return Line{Name: Witnessed, Status: Failed, Text: strings.Join(differ, "; ") +
				v.say(": hãy lấy chính sách hiện hành bằng đường mà bạn tin, và đối chiếu với giao ước đã ký", ": get the present policy by a way you trust, and compare it with the pact")}
		}
	}
	switch {
	case p.Quorum == 0:
		return Line{Name: Witnessed, Status: OK, Text: v.say("chính sách không đòi nhân chứng nào; điểm kiểm tra mới nhất có %s", "none required by the policy; the newest checkpoint has %s",
			v.count(uint64(c.signers), "chữ ký nhân chứng", "cosignature"))}
	case c.quorum < size:
		seq := events.Seq(c.quorum + 1)
		return Line{Name: Witnessed, Status: Failed, Seq: seq, Text: v.say("cần %d trong %d nhân chứng; không đủ túc số đứng sau %s", "%d of %d witnesses must cosign; no quorum stands behind %s",
			p.Quorum, len(p.Witnesses), v.span(seq, events.Seq(size))) + v.unsafe()}
	}
	return Line{Name: Witnessed, Status: OK, Text: v.say("%d trong %d nhân chứng đứng sau sự kiện cuối, %d; cần %d", "%d of %d witnesses stand behind the last event, %d; %d must",
		c.signers, len(p.Witnesses), size, p.Quorum) + v.unsafe()}
}

// policyDiffers says what of the policy is not as the regulation in force has it; nothing where the regulation names no witnesses.
func (v *verifier) policyDiffers(r *events.Regulation) (differ []string) {
	if r == nil || r.Witnesses == nil {
		return nil
	}
	p, w := v.o.Policy, r.Witnesses
	if p.Quorum < w.Quorum() {
		differ = append(differ, v.say("chính sách đòi %d trong %d nhân chứng, quy chế mà các thủ trưởng đã ký đòi %d trong %d", "the policy asks for %d of %d witnesses, the regulation that the heads signed for %d of %d",
			p.Quorum, len(p.Witnesses), w.Quorum(), len(w.Keys)))
	}
	var strangers, others, missing []string
	for _, have := range p.Witnesses {
		i := slices.IndexFunc(w.Keys, func(k events.Witness) bool { return k.ID == have.Name })
		switch {
		case i < 0:
			strangers = append(strangers, have.Name)
		case w.Keys[i].Key != have.Key:
			others = append(others, have.Name)
		}
	}
	for _, want := range w.Keys {
		if !slices.ContainsFunc(p.Witnesses, func(have proof.Witness) bool { return have.Name == want.ID }) {
			missing = append(missing, want.ID)
		}
	}
	add := func(names []string, vi, en string) {
		if len(names) > 0 {
			differ = append(differ, v.say(vi, en, strings.Join(names, ", ")))
		}
	}
	add(strangers, "chính sách nêu %s, quy chế thì không", "the policy names %s, whom the regulation does not")
	add(others, "khóa của %s trong chính sách không phải khóa trong quy chế", "the policy has another key of %s than the regulation")
	add(missing, "chính sách thiếu %s, quy chế thì có", "the policy lacks %s, whom the regulation names")
	return differ
}

// unsafe says of a quorum that two of it need not share an honest witness, where of n witnesses ⌊(n-1)/3⌋ may lie; "" of one that is safe.
func (v *verifier) unsafe() string {
	n, q := len(v.o.Policy.Witnesses), v.o.Policy.Quorum
	liars := (n - 1) / 3 // q ≥ 1, so that n is too
	if q >= events.SafeQuorum(n, liars) {
		return ""
	}
	return v.say("; túc số này KHÔNG AN TOÀN: hai nhóm %d trong %d có thể chung nhau chỉ những kẻ nói dối (%d), nên hai sổ khác nhau có thể đều đủ túc số; an toàn là từ %d",
		"; this quorum is UNSAFE: two of %d of %d may share nobody but the %d who may lie, so that two different logs may both have one; %d or more are safe",
		q, n, liars, events.SafeQuorum(n, liars))
}
