package verify

import (
	"campaignledger/events"
	"campaignledger/ledger/proof"
)

// takenOver holds a take-over, event seq, against the tree of the events before it: it names the root of the copy that was taken over. The first
// take-over of a copy follows the copy's last event; another one of the same copy says the same.
func (c *chain) takenOver(seq events.Seq, p *events.LedgerTakenOver) {
	if uint64(p.Seq) == c.tree.Size() {
		if c.copies == nil {
			c.copies = map[events.Seq]proof.Hash{}
		}
		c.copies[p.Seq] = c.tree.Root()
	}
	if root, ok := c.copies[p.Seq]; (!ok || hashText(root) != p.Root) && c.wrong == nil {
		c.wrong = &fault{seq, c.say("sự kiện %d tiếp quản sổ đến sự kiện %d với gốc %s, các bản ghi không cho gốc đó", "event %d takes over the log up to event %d with the root %s, which the records do not have",
			seq, p.Seq, p.Root)}
	}
}

// otherKey says of a log that was taken over since the policy was made which key signs it now; "" where the policy is not behind.
func (v *verifier) otherKey() string {
	taken := v.fold.live.Summary().TakenOver
	if taken.Seq == 0 || taken.Key == v.o.Policy.Log {
		return ""
	}
	return v.say("; từ sự kiện %d sổ được tiếp quản từ bản sao lưu và ký bằng %s: hãy xin chính sách mới từ người bạn tin", "; by event %d the log was taken over from a backup, and is signed by %s since: get the policy anew from those you trust",
		taken.InForce, taken.Key)
}
