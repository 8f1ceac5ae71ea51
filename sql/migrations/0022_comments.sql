-- What tables and columns hold, and in which unit, where their names do not say it.

comment on table source is 'A source, as sources.yaml declared it when it was last discovered.';
comment on column source.licence is 'published with every clip';
comment on column source.zone is 'IANA time zone; its midnights begin the days of the source';
comment on column source.judge is
    'the model that scores captions; null where nothing does, and then what it was asked is not open';

comment on table batch is 'One source and one window [window_start, window_end): one DAG run.';
comment on column batch.id is '<source>--<start>--<end>, times in UTC';
comment on column batch.discovered_at is 'when the window was first looked at; null until then';
comment on column batch.outcome is
    'how it ended last; null until then. published: a partition stands; held: a person must decide; blocked: a '
    'critical check failed or something is missing; all_rejected: no video of it left a clip; empty: the window has '
    'no videos';
comment on column batch.report_id is 'the quality report of what it holds now';

comment on table video is 'One version of one object; exactly one batch owns it.';
comment on column video.id is 'digest of source, key and etag';
comment on column video.size is 'bytes';
comment on column video.dated_at is 'by the key, else when it was last modified';
comment on column video.etag is 'version of the object, as the S3 server names it';

comment on table step_run is
    'One request for one item. What is asked otherwise is another row, and older answers stay.';
comment on column step_run.item_id is 'video.id or clip.id, as step.item says';
comment on column step_run.key is 'digest of the request; the result lies under it';
comment on column step_run.state is
    'planned when it is asked; save makes it saved with the rows of its answer, or rejected with the rows of its '
    'refusal, and nothing changes it after that';
comment on column step_run.current is 'whether today''s configuration asks for it';

comment on table plan_width is 'How wide a step of a batch was planned: a run has as many mapped tasks as before.';
comment on column plan_width.shards is 'the most that it was ever planned in';

comment on table rejection is 'A deterministic refusal: final under the key of its step_run.';
comment on column rejection.item_id is 'the video, or the clip that was not cut';
comment on column rejection.detail is 'why, for a person';

comment on table failure is 'What may go well next time, once per attempt.';
comment on column failure.error is 'what went wrong, in a word';
comment on column failure.detail is 'why, for a person';

comment on table probe is 'What one decode of a video found.';
comment on column probe.duration_us is 'microseconds';
comment on column probe.sha256 is 'of the bytes';
comment on column probe.width is 'pixels';
comment on column probe.height is 'pixels';

comment on table clip is
    'A span of the frames of a video, kept or refused. Frame k of the clip, from 0, is source frame first_frame + k.';
comment on column clip.first_frame is 'of the source, from 0';
comment on column clip.last_frame is 'of the source, itself in the clip';
comment on column clip.times_us is
    'time of each frame in the source, microseconds; that of clip frame k is times_us[k + 1]';
comment on column clip.uri is 'null where it was refused';
comment on column clip.sha256 is 'of the bytes of the file; null where it was refused';
comment on column clip.width is 'pixels';
comment on column clip.height is 'pixels';
comment on column clip.camera_speed is 'median motion of the four corners of the frame, diagonals per second';
comment on column clip.camera_static_share is 'of the tracked corners, those that do not move, 0..1';
comment on column clip.camera_scale is 'accumulated zoom; 1 is none';
comment on column clip.dead_share is 'black or frozen, 0..1; null where it was cut before this was measured';
comment on column clip.blurred_share is '0..1; null where it was cut before this was measured';
comment on column clip.hashes is
    'perceptual hashes, one for each tenth of a second from the time of the first frame on; one a second where '
    'motions is null';
comment on column clip.motions is
    'hashes of what moves, at the same times; null where it was cut before this was measured';
comment on column clip.bands is 'the parts of motions by which it is looked up; null where it was refused';
comment on column clip.codec is 'null where it was refused';
comment on column clip.copied is
    'whether its packets were copied, in the source''s own codec, and not encoded anew; null where it was refused';
comment on column clip.thumbnail_uri is 'a small picture; null where it was cut before there were any, or is too short';

comment on table near_copy is
    'What a clip that was refused as near_duplicate is a copy of, and how well it is known again.';
comment on column near_copy.of_clip is 'the clip that was kept';
comment on column near_copy.shift_us is 'microseconds that a time of the clip has to be put back by';
comment on column near_copy.share is 'of the moments in which something moves, those that are known again, 0..1';
comment on column near_copy.apart is 'mean bits, of 64, between what moves';

comment on table track is
    'One object of a clip under one identity, from the first to the last frame that it is seen in.';
comment on column track.points is 'rows of track_point';
comment on column track.observed_share is 'of the points, those that were detected and not interpolated, 0..1';
comment on column track.longest_gap is 'frames without a detection';
comment on column track.score is 'mean score of the detector, 0..1';
comment on column track.parent is 'track_id of the person of a hand, of the hand of a held object';
comment on column track.side is 'of a hand';
comment on column track.inferred is 'that it is held was concluded from how boxes overlap';
comment on column track.coverage is
    'of the frames searched from its first to its last, those that show it, 0..1; null where it was saved before this '
    'was measured';
comment on column track.longest_unseen is 'seconds from one detection to the next, the longest; null as coverage';
comment on column track.jump_rate is
    'of the steps between detections, those that no object makes, 0..1; null as coverage';
comment on column track.resize_rate is
    'of the steps between detections, those that change its size at once, 0..1; null as coverage';
comment on column track.first_frame is 'of the clip, from 0';
comment on column track.last_frame is 'of the clip';

comment on table track_point is
    'Where a track is in one frame. Loaded by COPY and deleted with its step_run; no foreign key, because checking '
    'one per point doubles the load.';
comment on column track_point.frame is 'of the clip, from 0';
comment on column track_point.t_us is 'time in the source, microseconds';
comment on column track_point.x1 is 'left, 0..1 of the width of the frame';
comment on column track_point.y1 is 'top, 0..1 of its height';
comment on column track_point.x2 is 'right, 0..1 of its width';
comment on column track_point.y2 is 'bottom, 0..1 of its height';
comment on column track_point.score is 'of the detector, 0..1; interpolated between detections';
comment on column track_point.observed is 'detected, and not interpolated';

comment on table contact is 'What a hand touches over some frames.';
comment on column contact.track_id is 'the hand';
comment on column contact.start_frame is 'of the clip, from 0';
comment on column contact.end_frame is 'the last, itself in the span';
comment on column contact.object is 'track_id of what it touches';
comment on column contact.inferred is 'concluded from how boxes overlap, and not seen by a model of contact';

comment on table unfollowed is 'What was seen in a clip and not followed, because a profile follows no more.';
comment on column unfollowed.step_run_id is 'of track';
comment on column unfollowed.objects is 'how many of this label';

comment on table preview is 'Files by which a person looks at a clip.';
comment on column preview.overlay_uri is 'the clip with its tracks drawn on it';
comment on column preview.playable_uri is 'a copy for browsers; null where they play the clip itself';

comment on table motion_fact is
    'What a track does over some frames, by its trajectory; docs/motion-facts.md tells when each kind holds.';
comment on column motion_fact.n is 'place among the facts of the clip';
comment on column motion_fact.subject is 'track_id; null where it is about the clip';
comment on column motion_fact.object is 'track_id of the other, where there is one';
comment on column motion_fact.value is 'a word, as a direction, by kind';
comment on column motion_fact.amount is
    'by kind, in diagonals, diagonals per second, degrees, hertz, seconds or a count';
comment on column motion_fact.start_frame is 'of the clip, from 0';
comment on column motion_fact.end_frame is 'the last, itself in the span';

comment on table caption is 'One sentence of a caption: the scene, or one of the seven dimensions.';
comment on column caption.step_run_id is 'of caption';
comment on column caption.n is 'place in the caption';
comment on column caption.writer is 'what wrote it, as the source names it';

comment on table qa is 'One multiple-choice question.';
comment on column qa.step_run_id is 'of ask';
comment on column qa.n is 'place among the questions of the clip';
comment on column qa.evidence is 'the track_ids that it rests on';
comment on column qa.writer is 'what wrote it, as the source names it';
comment on column qa.meaning is
    'the same for questions that ask for the same with the same answer among the same options; null in repeats, and '
    'where it was saved before this was known';

comment on table near_question is 'What a question that is not handed on repeats.';
comment on column near_question.step_run_id is 'of ask';
comment on column near_question.n is 'of the question in qa';
comment on column near_question.code is
    'reworded: another of its clip asks the same; same_content: it was asked of a clip with the same content; '
    'too_often: it was asked too often of all clips';
comment on column near_question.of_clip is 'the clip of the question that it repeats, which may be its own';
comment on column near_question.of_n is 'of the question that it repeats';
comment on column near_question.detail is 'why, for a person';

comment on table claim is 'One claim of one sentence or question, judged from the trajectories.';
comment on column claim.step_run_id is 'of verify';
comment on column claim.text_run_id is 'step_run.id of the caption or ask that wrote the text';
comment on column claim.text_n is 'of the sentence or question';
comment on column claim.n is 'place among the claims of the text';
comment on column claim.kind is
    'as in motion_fact; null where a text says nothing of motion: nothing is claimed, so nothing can be checked';
comment on column claim.subject is 'track_id; null where it is about the clip';
comment on column claim.object is 'track_id of the other, where there is one';
comment on column claim.amount is 'in the unit of motion_fact.amount; null where the text names no number';
comment on column claim.negated is 'it is claimed that something is not so';
comment on column claim.verdict is
    'supported: frames prove it; contradicted: the text is not published; not_checkable: the text is published only '
    'where kind is null or counts';
comment on column claim.reason is 'for a person';
comment on column claim.start_frame is 'where the proof begins, of the clip; null where nothing proves it';
comment on column claim.end_frame is 'where the proof ends';

comment on table caption_score is
    'What one run of a judge, who is not told who wrote it, says of one caption along one criterion.';
comment on column caption_score.step_run_id is 'of judge';
comment on column caption_score.caption_run_id is 'step_run.id of the caption';
comment on column caption_score.run is 'each has the captions in another order';
comment on column caption_score.letter is 'under which it was shown; A stood first';
comment on column caption_score.score is 'the higher the better';
comment on column caption_score.judge is 'model';

comment on table quality_report is 'What the gate found, once for each content that it judged.';
comment on column quality_report.id is 'digest of the suites and of the rows that they judged';
comment on column quality_report.verdict is
    'pass: published next; held: a warning failed, and a person must decide; blocked: a critical check failed; '
    'all_rejected: there is nothing to publish';
comment on column quality_report.document is 'the report as a partition carries it';

comment on table quality_check is 'What one expectation of a report found.';
comment on column quality_check.n is 'place in the report';
comment on column quality_check.rule is 'its name, by which it can be waived';
comment on column quality_check.severity is 'what a failure does: critical blocks, warning holds';
comment on column quality_check.failing is 'rows that break it';
comment on column quality_check.examples is 'the first of them, named';
comment on column quality_check.waiver is 'the waiver that let its failures pass; null where there was none';

comment on table partition is 'A content of a batch that was published.';
comment on column partition.digest is 'of what is in it';
comment on column partition.report_id is 'the report that let it through';
comment on column partition.bytes is 'of all its files';
comment on column partition.current is 'whether it is what is published of the batch now';

comment on table waiver is
    'Failures of one rule pass for one source for a while: they stay in reports and decide nothing.';
comment on column waiver.person is 'who waived it';
comment on column waiver.until is 'the last day, in UTC';
comment on column waiver.ended_at is 'when somebody ended it before its day; null where nobody did';
comment on column waiver.ended_by is 'who';

comment on table decision is 'What came of asking a person about a held report.';
comment on column decision.answer is
    'approved: it is published, for good; rejected: it is not; timed_out: nobody answered, and it stays held';
comment on column decision.person is 'null where nobody answered';

comment on table llm_call is
    'A call of a language model, once however often its answer is used. It stays when what was written from it goes: '
    'the money is spent.';
comment on column llm_call.digest is 'of all that was asked; the raw answer lies under it';
comment on column llm_call.step_run_id is 'for which it was bought; null where that is gone';
comment on column llm_call.snapshot is 'the model that answered, by its own account';
comment on column llm_call.prompt is 'digest of the instructions';
comment on column llm_call.seconds is 'from the request to the end of the answer';
comment on column llm_call.tries is 'requests until one was answered';
comment on column llm_call.outcome is
    'answered: it was of use; invalid, cut_short, refused: it was not, and was paid for';
comment on column llm_call.usd is 'USD, by the prices of the day when it was saved';

comment on table llm_reserve is
    'Money that is set aside for an item when it is planned. It counts while the item is open, and stays, so that '
    'estimates can be compared with what items cost.';
comment on column llm_reserve.day is 'of the plan, in UTC';
comment on column llm_reserve.estimate is 'USD, by the prices and the number of pictures';
comment on column llm_reserve.usd is 'USD: the estimate, corrected by what earlier ones turned out to be';

comment on table migration is 'The migrations that were applied.';
comment on column migration.digest is 'SHA-256 of the file';
