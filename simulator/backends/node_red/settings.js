// Node-RED's settings for one run: no editor, no news from outside, nothing beyond this machine.
'use strict';

const fs = require('fs');
const path = require('path');

const briefing = path.join(__dirname, 'briefing.json');

module.exports = {
    uiHost: '127.0.0.1',
    uiPort: Number(process.env.JOURNEYPROOF_PORT),
    httpAdminRoot: false,
    flowFile: 'flows.json',
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    diagnostics: { enabled: false, ui: false },
    externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
    editorTheme: { tours: false, projects: { enabled: false } },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    contextStorage: { default: { module: process.env.JOURNEYPROOF_CONTEXT || 'memory' } },
    functionGlobalContext: {
        journeys: require('./journeys.js'),
        briefing: fs.existsSync(briefing) ? JSON.parse(fs.readFileSync(briefing, 'utf8')) : {},
    },
};
