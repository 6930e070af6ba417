import { closeDispute } from '../behaviour/disputing.js';
import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { Dispute, StoredFile } from '../state/resources-money.js';
import type { Upload } from '../wire/multipart.js';
import { BraintreeError, NotFound } from './errors.js';
import { disputeView, type Evidence, evidenceOf } from './dispute-views.js';
import { named, nameOf } from './names.js';
import { type BraintreeRoute, partOf, route, shown, textOf } from './route.js';

/** https://developer.paypal.com/braintree/docs/guides/disputes/manage/node */
export const disputes: BraintreeRoute[] = [
  route('GET /disputes/:id', ({ changes, id }) =>
    shown('dispute', disputeView(changes, disputeOf(changes, id))),
  ),

  route('POST /disputes/:id/evidence', ({ changes, body, id }) => {
    const dispute = open(
      changes,
      id,
      '95701',
      'Evidence can only be attached to disputes that are in an Open state.',
    );
    const given = partOf(body, 'evidence');
    const document = textOf(given, 'document_upload_id');
    const file = document === '' ? undefined : named(changes.all('file'), document);
    if (document !== '' && !file) throw new NotFound();
    const evidence: Evidence = {
      id: nameOf(newId('evidence')),
      ...(file ? { url: `/documents/${nameOf(file.id)}` } : { comment: textOf(given, 'comments') }),
    };
    changes.save<Dispute>({
      ...dispute,
      evidence: { ...dispute.evidence, braintree: [...evidenceOf(dispute), evidence] },
      evidence_details: { ...dispute.evidence_details, has_evidence: true },
    });
    return shown('evidence', { ...evidence }, 201);
  }),

  route('PUT /disputes/:id/finalize', ({ changes, id }) => {
    const dispute = open(
      changes,
      id,
      '95705',
      'Disputes can only be finalized when they are in an Open state.',
    );
    if (evidenceOf(dispute).length === 0)
      throw new BraintreeError('95726', 'dispute', 'Evidence is required to finalize.', 'dispute');
    const finalized = changes.save<Dispute>({
      ...dispute,
      status: dispute.status.startsWith('warning') ? 'warning_under_review' : 'under_review',
      evidence_details: { ...dispute.evidence_details, submission_count: 1 },
    });
    changes.emit('charge.dispute.updated', finalized);
    return shown('dispute', disputeView(changes, finalized));
  }),

  route('PUT /disputes/:id/accept', ({ changes, id }) => {
    const dispute = open(
      changes,
      id,
      '95704',
      'Disputes can only be accepted when they are in an Open state.',
    );
    const accepted = changes.save<Dispute>({
      ...dispute,
      metadata: { ...dispute.metadata, accepted: 'true' },
    });
    const verdict = dispute.status.startsWith('warning') ? 'warning_closed' : 'lost';
    return shown('dispute', disputeView(changes, closeDispute(changes, accepted, verdict)));
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/document-upload/create/node
  route('POST /document_uploads', ({ changes, body }) => {
    const file = body['file'] as Upload | undefined;
    if (!file || !['application/pdf', 'image/jpeg', 'image/png'].includes(file.contentType))
      throw new BraintreeError('84903', 'file', 'The file must be a PDF, PNG or JPG.', 'document-upload');
    if (body['document_upload[kind]'] !== 'evidence_document')
      throw new BraintreeError('84901', 'kind', 'The kind is invalid.', 'document-upload');
    const stored = changes.save<StoredFile>({
      id: newId('file'),
      object: 'file',
      created: changes.now,
      expires_at: null,
      filename: file.filename,
      purpose: 'dispute_evidence',
      size: file.bytes,
      title: null,
      type: file.contentType,
      url: null,
    });
    return shown(
      'document-upload',
      { id: nameOf(stored.id), kind: 'evidence_document', size: file.bytes },
      201,
    );
  }),
];

function disputeOf(changes: Changes, id: string): Dispute {
  const dispute = named(changes.all('dispute'), id);
  if (!dispute) throw new NotFound();
  return dispute;
}

function open(changes: Changes, id: string, code: string, message: string): Dispute {
  const dispute = disputeOf(changes, id);
  if (!dispute.status.endsWith('needs_response'))
    throw new BraintreeError(code, 'status', message, 'dispute');
  return dispute;
}
