// Reads artillery's JSON report, prints one line, and fails if no request succeeded.
//
//   node infra/load/summary.js REPORT.json
'use strict';
const fs = require('fs');

function main(path) {
    const { counters, summaries } = JSON.parse(fs.readFileSync(path, 'utf8')).aggregate;
    const sent = counters['http.requests'] || 0;
    const codes = Object.entries(counters)
        .filter(([name]) => /^http\.codes\.\d{3}$/.test(name))
        .map(([name, count]) => [name.slice(-3), count])
        .sort();
    const succeeded = codes.filter(([code]) => code[0] === '2').reduce((sum, [, count]) => sum + count, 0);
    // What got no answer: refused, cut, timed out. Artillery counts these by error, not by status.
    const errors = Object.entries(counters).filter(([name]) => name.startsWith('errors.'));
    const time = (summaries || {})['http.response_time'];
    const share = sent > 0 ? (100 * succeeded) / sent : 0;

    const seen = codes.map(([code, count]) => `${code}: ${count}`)
        .concat(errors.map(([name, count]) => `${name.slice('errors.'.length)}: ${count}`))
        .join(', ');
    console.log(`load: ${sent} requests, ${share.toFixed(1)} % succeeded (${seen || 'no answer'})`);
    if (time) {
        console.log(`load: response time p50 ${time.p50} ms, p95 ${time.p95} ms, p99 ${time.p99} ms, max ${time.max} ms`);
    }
    console.log(`load: report ${path}`);
    return succeeded > 0 ? 0 : 1;
}

process.exitCode = main(process.argv[2]);
