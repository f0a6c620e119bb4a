package pact

import (
	"crypto/sha256"
	"fmt"
	"time"

	"campaignledger/events"
)

// vietnameseText has every Vietnamese vowel with every tone.
const vietnameseText = "aàảãáạ ăằẳẵắặ âầẩẫấậ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ đ " +
	"AÀẢÃÁẠ ĂẰẲẴẮẶ ÂẦẨẪẤẬ EÈẺẼÉẸ ÊỀỂỄẾỆ IÌỈĨÍỊ OÒỎÕÓỌ ÔỒỔỖỐỘ ƠỜỞỠỚỢ UÙỦŨÚỤ ƯỪỬỮỨỰ YỲỶỸÝỴ Đ"

// sample is a pact of the seven units of a cluster with so many members, at least seven: the first seven are the heads.
func sample(members int) Pact {
	names := []string{"Lạng Sơn", "Cao Bằng", "Sơn La", "Lai Châu", "Điện Biên", "Hà Giang", "Lào Cai"}
	ids := []string{"lang-son", "cao-bang", "son-la", "lai-chau", "dien-bien", "ha-giang", "lao-cai"}
	family, given := []string{"Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Đặng", "Hoàng"}, []string{"Thị Hường", "Văn Dũng", "Quốc Tuấn", "Minh Nguyệt", "Đức Thịnh"}
	roles := []string{events.RoleOfficer, events.RoleReviewer, events.RoleCouncil, events.RoleTeller, events.RoleAuditor, events.RoleAuthority}
	p := Pact{
		Campaign: "cum2-2017", Title: "Cụm thi đua số 2 năm 2017", TitleOther: "Emulation Cluster No. 2, 2017", Movement: "Vì An ninh Tổ quốc",
		Theme:  "Cán bộ chiến sĩ Cụm thi đua số 2 – Đổi mới, Kỷ cương, Trách nhiệm, Hiệu quả - Vì sự bình yên biên cương của Tổ quốc",
		Notice: "Điểm minh họa, không phải số liệu thật", Period: "2017-01-01 – 2017-12-31",
		LogKey:           events.PublicKey(sha256.Sum256([]byte("log"))),
		Genesis:          fmt.Sprintf("%x", sha256.Sum256([]byte("record 1"))),
		RegulationSHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("regulation"))),
		Rules:            1, Opened: time.Date(2017, 1, 3, 9, 0, 0, 0, time.FixedZone("", 7*60*60)), Seq: 41,
	}
	c := Cluster{ID: "cum2", Title: "Cụm thi đua số 2", Lead: "lang-son"}
	for i, id := range ids {
		c.Units = append(c.Units, Unit{ID: id, Title: "Công an tỉnh " + names[i], Head: id + "-1", Joined: fmt.Sprintf("sự kiện %d, 2017-01-03", i+2)})
	}
	c.Units[6].Joined = ""
	p.Clusters = []Cluster{c}
	for i := range members {
		unit := i % len(ids)
		m := Member{ID: fmt.Sprintf("%s-%d", ids[unit], i/len(ids)+1), Name: family[i%7] + " " + given[i%5], Role: events.RoleHead, Unit: ids[unit],
			Key: sha256.Sum256(fmt.Append(nil, "key of ", i))}
		if i >= len(ids) {
			m.Role = roles[i%len(roles)]
		}
		p.Members = append(p.Members, m)
	}
	return p
}

// watched is p with so many witnesses, of the units in turn from the second on, the fourth of no unit. A stated quorum of 0 is none.
func watched(p Pact, witnesses, colluding, stated int) Pact {
	w := &events.Witnesses{Colluding: colluding, Stated: stated}
	units := p.Clusters[0].Units
	for i := range witnesses {
		unit := units[(i+1)%len(units)].ID
		k := events.Witness{ID: unit + "-w", Unit: unit, Key: sha256.Sum256(fmt.Append(nil, "witness ", i))}
		if i == 3 {
			k.ID, k.Unit = "archive", ""
		}
		w.Keys = append(w.Keys, k)
	}
	p.Witnesses = w
	return p
}
