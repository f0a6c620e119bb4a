package projections

import "campaignledger/events"

// anomalyWords are the kinds in a few words.
var anomalyWords = map[AnomalyCode]events.Text{
	AnomalySelf:        {VI: "tự chấm lệch xa", EN: "own mark far off"},
	AnomalySelfTotal:   {VI: "tự chấm cao hơn nhiều", EN: "own marks far above in all"},
	AnomalyScorer:      {VI: "chấm lệch xa người khác", EN: "mark far from the others'"},
	AnomalyLeaning:     {VI: "nghiêng về một đơn vị", EN: "leans to or from a unit"},
	AnomalyLate:        {VI: "muộn", EN: "late"},
	AnomalyChanged:     {VI: "sửa sau khi thấy điểm khác", EN: "changed after others' marks were seen"},
	AnomalyMoved:       {VI: "sửa làm đổi hạng", EN: "a correction moved a rank"},
	AnomalyTranscribed: {VI: "nhập thay", EN: "transcribed for others"},
	AnomalyVote:        {VI: "phiếu khác thứ hạng", EN: "vote departs from the ranks"},
	AnomalyCutShort:    {VI: "kết thúc bỏ phiếu sớm", EN: "ballot cut short"},
	AnomalyReplaced:    {VI: "bỏ phiếu lại", EN: "count replaced"},
	AnomalyPublicity:   {VI: "niêm yết chưa đủ ngày", EN: "publication too short"},
	AnomalyPaper:       {VI: "quyết định nhập theo giấy", EN: "decision transcribed"},
	AnomalyNotNotified: {VI: "chưa xác nhận đã nhận", EN: "receipt not confirmed"},
	AnomalyTooEarly:    {VI: "quyết định trước đề nghị", EN: "decided before proposed"},
	AnomalySelfNamed:   {VI: "tự suy tôn", EN: "nominated by its own"},
	AnomalyTellers:     {VI: "tổ kiểm phiếu cùng một đơn vị", EN: "tellers of one unit"},
	AnomalyTwice:       {VI: "kiểm phiếu hai lần", EN: "teller twice"},
	AnomalyUnreviewed:  {VI: "chưa xem lại", EN: "not looked at again"},
	AnomalyBarredSince: {VI: "bị loại sau khi được tặng", EN: "excluded later"},
	AnomalyPlaces:      {VI: "quá số suất", EN: "over the places"},
}

// In is the kind as people say it in lang ("vi" or "en"), or the code of one that has no words.
func (c AnomalyCode) In(lang string) string {
	if text := anomalyWords[c].In(lang); text != "" {
		return text
	}
	return string(c)
}
