package attack

import "testing"

func TestMaster(t *testing.T) {
	m := stored(t)
	for i, c := range m.honest.commits {
		for _, r := range c.records {
			t.Logf("%d %s %.900s", m.honest.ends()[i], c.recorded, r)
		}
	}
	for size, p := range m.honest.points {
		t.Logf("%d %s", size, p)
	}
}
