// An event as one sentence. English is the log's own sentence. Spanish is worded here from the
// event's key and fields, in the words of the messages that Standpipe sends; what it does not know it
// shows as the log says it.

import { language, t } from './language.js';

/** The kinds that events are filtered by, as the gateway tells them apart. */
export function kindOf(event) {
  const key = event.key.split('.');
  const last = key[key.length - 1];
  if (['fire', 'pending', 'withdrawn', 'withheld', 'open', 'closed', 'confirmed', 'pressed', 'released']
    .includes(last)) return 'fire';
  if (['isolated', 'in-service'].includes(last)) return 'isolation';
  if (['tested', 'walk-test-started', 'walk-test-ended'].includes(last)) return 'test';
  if (last === 'reset' || key[0] === 'operator') return 'operator';
  if (key[0] === 'system' && !['fault', 'back'].includes(last)) return 'system';
  return 'fault';
}

/** How an event is coloured: what it began, not what it ended. */
export function toneOf(event) {
  const last = event.key.split('.').pop();
  if (['fire', 'pressed', 'pending', 'withheld'].includes(last)) return 'fire';
  if (last === 'open') return 'water';
  if (last === 'isolated') return 'isolated';
  if (last === 'fault') return 'fault';
  if (['disabled', 'walk-test-started'].includes(last)) return 'test';
  return 'calm';
}

export function sentence(event) {
  return (language === 'es' && spanish(event)) || event.text || event.key;
}

function spanish(e) {
  const key = e.key.split('.');
  const place = e.floorName ? `${e.floorName} (planta ${e.floor})` : `planta ${e.floor}`;
  const named = e.detectorName ? `detector ${e.detector} (${e.detectorName})` : `detector ${e.detector}`;
  const who = { panel: 'el panel', timer: 'el reloj' }[e.who] || e.who || 'alguien';
  const time = e.forSeconds ? `${Math.round(e.forSeconds / 60)} min` : 'un tiempo';
  if (key[0] === 'floor') {
    const kind = key.length > 3 ? `${key[2]}.${key[key.length - 1]}` : key[2];
    return {
      'detector.fire': `INCENDIO: ${named}, ${place}`,
      'detector.fault': `AVERÍA: ${named}, ${place}, ${CAUSES[e.cause] || 'no funciona'}`,
      'detector.back': `${named}, ${place}, responde de nuevo`,
      'detector.tested': `Prueba: ${named}, ${place}, ha respondido`,
      'valve.open': `VÁLVULA ABIERTA: ${place}`,
      'valve.closed': `Válvula cerrada: ${place}`,
      'valve.confirmed': `La válvula de ${place} ${t(`seen.${e.feedback || 'unknown'}`)}`,
      'valve.fault': `AVERÍA DE VÁLVULA: ${place}, ${FAULTS[e.fault] || 'no obedece'}`,
      'valve.repaired': `La válvula de ${place} obedece de nuevo`,
      'release.pending': `INCENDIO: la válvula de ${place} abre en ${e.delaySeconds ?? 'unos'} s`,
      'release.withdrawn': `Disparo de ${place} retirado`,
      'release.withheld': `SIN AGUA: ${place} pide agua, pero su llave está quitada`,
      'key.isolated': `AISLADA: ${place}, llave quitada, sin agua`,
      'key.in-service': `En servicio: ${place}, llave puesta`,
      'manual.pressed': `INCENDIO: disparo manual PULSADO, ${place}`,
      'manual.released': `Disparo manual soltado, ${place}`,
      'manual.fault': `AVERÍA: el disparo manual de ${place} no se puede leer`,
      'manual.back': `El disparo manual de ${place} se lee de nuevo`,
      reset: `Alarma de incendio de ${place} rearmada por ${who}`,
    }[kind];
  }
  const last = key[key.length - 1];
  if (key[0] === 'bus') {
    return last === 'fault' ? `AVERÍA: bus ${e.busName ?? key[1]} caído`
      : `Bus ${e.busName ?? key[1]} en marcha de nuevo`;
  }
  if (key[0] === 'key') {
    return last === 'fault' ? `AVERÍA: los contactos de la llave ${key[1]} no concuerdan`
      : `Los contactos de la llave ${key[1]} concuerdan de nuevo`;
  }
  if (key[0] === 'system' && key.length === 3) {
    const what = t(`fault.${key[1]}`);
    return last === 'fault' ? `AVERÍA: ${what}` : `Ya no: ${what}`;
  }
  return {
    disabled: `ANULADO: ${named}, por ${who}, durante ${time}`,
    enabled: `Habilitado de nuevo: ${named}, por ${who}`,
    'walk-test-started': `Prueba de ${place} empezada por ${who}, durante ${time}`,
    'walk-test-ended': `Prueba de ${place} terminada por ${who}`,
    silenced: `Sirena silenciada por ${who}`,
    reset: `Alarmas rearmadas por ${who}`,
    started: 'El controlador ha arrancado',
    armed: 'Armado: los detectores abren válvulas',
  }[last];
}

const CAUSES = {
  silent: 'ha enmudecido', 'never-heard': 'no ha hablado desde el arranque',
  device: 'dice que está roto', invalid: 'responde lo que no puede ser',
  line: 'tiene una línea que no se puede leer', bus: 'calla con su bus',
};
const FAULTS = {
  notConfirmedOpen: 'accionada pero no se ve abierta',
  notConfirmedClosed: 'se ve abierta y debería estar cerrada', notDriven: 'no se puede accionar',
};
