/**
 * Tracing agents, set up to send nothing. Each has `spans()`, what it recorded of requests to this process, as path and the
 * client's address where it records one; `active()`, whether it knows the request that the calling code runs for; and
 * `within(act)`, which acts as a part of something else that it records.
 */
const OFFLINE = {
  dd: {
    // Nobody listens there.
    DD_TRACE_AGENT_URL: 'http://127.0.0.1:1',
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    DD_TRACE_STARTUP_LOGS: 'false',
    DD_TRACE_CLIENT_IP_ENABLED: 'true',
  },
  newrelic: {
    NEW_RELIC_NO_CONFIG_FILE: 'true',
    NEW_RELIC_APP_NAME: 'ecosystem',
    NEW_RELIC_LOG_ENABLED: 'false',
    // Starts without asking a collector.
    NEW_RELIC_SERVERLESS_MODE_ENABLED: 'true',
  },
};

const AGENTS = {
  opentelemetry() {
    const { context, trace, SpanKind } = require('@opentelemetry/api');
    const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
    const { registerInstrumentations } = require('@opentelemetry/instrumentation');
    const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
    const { NetInstrumentation } = require('@opentelemetry/instrumentation-net');
    const tracing = require('@opentelemetry/sdk-trace-base');
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const exporter = new tracing.InMemorySpanExporter();
    const tracerProvider = new tracing.BasicTracerProvider({
      spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
    });
    registerInstrumentations({
      tracerProvider,
      instrumentations: [new HttpInstrumentation(), new NetInstrumentation()],
    });
    return {
      active: () => trace.getActiveSpan() !== undefined,
      within: (act) =>
        tracerProvider.getTracer('start').startActiveSpan('start', (span) => act().finally(() => span.end())),
      async spans() {
        const all = exporter.getFinishedSpans();
        const known = all.filter(({ kind, name }) => kind === SpanKind.SERVER || name === 'tcp.connect');
        return known.map(({ name, attributes: a }) => [
          a['url.path'] ?? a['http.target'] ?? name,
          a['network.peer.address'] ?? a['net.peer.ip'] ?? a['server.address'],
        ]);
      },
    };
  },
  'dd-trace'() {
    Object.assign(process.env, OFFLINE.dd);
    const tracer = require('dd-trace').init();
    const spans = [];
    const request = (span, { url }) => spans.push([url, span.context()._tags['http.client_ip']]);
    tracer.use('http', { server: { hooks: { request } } });
    return {
      active: () => tracer.scope().active() !== null,
      within: (act) => tracer.trace('start', act),
      spans: async () => spans,
    };
  },
  newrelic() {
    Object.assign(process.env, OFFLINE.newrelic);
    const newrelic = require('newrelic');
    const spans = [];
    newrelic.agent.on('transactionFinished', ({ url }) => {
      if (url !== null) spans.push([url]);
    });
    return {
      active: () => newrelic.agent.getTransaction() !== null,
      within: (act) => newrelic.startBackgroundTransaction('start', act),
      spans: async () => spans,
    };
  },
  'elastic-apm-node'() {
    const spans = [];
    const nothing = () => {};
    const sendTransaction = ({ context: { request } = {} }) => {
      if (request !== undefined) spans.push([request.url.pathname, request.socket.remote_address]);
    };
    const transport = () => ({
      ...{ config: nothing, addMetadataFilter: nothing, setExtraMetadata: nothing, destroy: nothing },
      ...{ sendSpan: nothing, sendError: nothing, sendMetricSet: nothing, sendTransaction },
      flush: (_options, done) => done(),
      supportsKeepingUnsampledTransaction: () => true,
    });
    const apm = require('elastic-apm-node').start({
      ...{ serviceName: 'ecosystem', cloudProvider: 'none', metricsInterval: '0s', centralConfig: false },
      ...{ logLevel: 'off', transport },
    });
    return {
      active: () => apm.currentTransaction !== null,
      async within(act) {
        const transaction = apm.startTransaction('start');
        await act();
        transaction.end();
      },
      spans: () => apm.flush().then(() => spans),
    };
  },
};

module.exports = { AGENTS };
