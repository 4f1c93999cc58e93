// Messages in Spanish.

struct SpanishPhrases: Phrases {
    let floorWord = "planta"
    let detectorWord = "detector"

    func headline(_ kind: EventKind, _ names: EventNames) -> String? {
        let floor = names.floor
        return switch kind {
        case .fire: "INCENDIO: \(names.detector), \(floor)"
        case .fireOver: "Alarma de incendio de \(floor) rearmada por \(who(names))"
        case .manualPressed: "INCENDIO: disparo manual PULSADO, \(floor)"
        case .manualReleased: "Disparo manual soltado, \(floor)"
        case .manualFault: "AVERÍA: el disparo manual de \(floor) no se puede leer"
        case .manualBack: "El disparo manual de \(floor) se lee de nuevo"
        case .valveOpen: "VÁLVULA ABIERTA: \(floor)"
        case .valveClosed: "Válvula cerrada: \(floor)"
        case .valveConfirmed:
            names.fields.feedback == "open"
                ? "La válvula de \(floor) se ve abierta" : "La válvula de \(floor) se ve cerrada"
        case .valveFault: "AVERÍA DE VÁLVULA: \(floor), \(fault(names.fault))"
        case .valveRepaired: "La válvula de \(floor) obedece de nuevo"
        case .releasePending:
            "INCENDIO: la válvula de \(floor) abre en "
                + "\(names.fields.delaySeconds.map { "\($0)" } ?? "unos") s"
        case .releaseWithdrawn: "Disparo de \(floor) retirado"
        case .releaseWithheld: "SIN AGUA: \(floor) pide agua, pero su llave está quitada"
        case .isolated: "AISLADA: \(floor), llave quitada, sin agua"
        case .inService: "En servicio: \(floor), llave puesta"
        case .detectorFault:
            "AVERÍA: \(names.detector), \(floor), \(cause(names.fields.cause ?? ""))"
        case .detectorBack: "\(names.detector), \(floor), responde de nuevo"
        case .tested: "Prueba: \(names.detector), \(floor), ha respondido"
        case .busFault: "AVERÍA: bus \(names.bus) caído\(count(names.fields.count))"
        case .busBack: "Bus \(names.bus) en marcha de nuevo"
        case .keyFault: "AVERÍA: los contactos de la llave \(names.key) no concuerdan"
        case .keyBack: "Los contactos de la llave \(names.key) concuerdan de nuevo"
        case .systemFault: "AVERÍA: \(system(names.fault))"
        case .systemBack: "Ya no: \(system(names.fault))"
        case .disabled: "ANULADO: \(names.detector), por \(who(names)), durante \(names.span)"
        case .enabled: "Habilitado de nuevo: \(names.detector), por \(who(names))"
        case .walkTestStarted:
            "Prueba de \(floor) empezada por \(who(names)), durante \(names.span)"
        case .walkTestEnded: "Prueba de \(floor) terminada por \(who(names))"
        case .silenced: "Sirena silenciada por \(who(names))"
        case .reset: "Alarmas rearmadas por \(who(names))"
        case .started: "El controlador ha arrancado"
        case .armed: "Armado: los detectores abren válvulas"
        case .other: nil
        }
    }

    func done(_ kind: EventKind, _ names: EventNames) -> String? {
        switch kind {
        case .fire:
            "Alarma enclavada y sirena en marcha. La válvula abre según la regla de la planta."
        case .manualPressed: "La válvula se abre sin demora."
        case .valveOpen: "Hay agua. Solo la llave del panel la cierra."
        case .valveFault: "La válvula se accionó de nuevo, hasta tres veces."
        case .releasePending: "La demora corre; el disparo manual la salta."
        case .releaseWithheld, .isolated: "Las alarmas siguen; la válvula queda cerrada."
        case .detectorFault: "El detector cuenta como avería. Los demás siguen protegiendo."
        case .busFault: "Sus detectores cuentan como averías. Los demás siguen protegiendo."
        case .disabled: "Sus señales se ignoran hasta que pase el tiempo."
        case .systemFault: "La luz de avería está encendida. La protección sigue en lo posible."
        default: nil
        }
    }

    func advice(_ kind: EventKind, _ names: EventNames) -> String {
        switch kind {
        case .fire, .manualPressed, .valveOpen, .releasePending:
            "Desaloje \(names.floor), llame a los bomberos y no cierre la válvula hasta que el"
                + " fuego esté apagado."
        case .releaseWithheld:
            "Ponga ya la llave de \(names.floor), salvo que el agua ponga a alguien en peligro."
        case .valveFault:
            "Mande ya a alguien a la válvula de \(names.floor); si hay fuego, ábrala a mano."
        case .isolated: "Ponga vigilancia de incendios allí y ponga la llave cuanto antes."
        case .detectorFault: "Revise el detector, su cableado y su alimentación."
        case .busFault: "Revise el bus: adaptador, cable, terminación, alimentación."
        case .keyFault: "Revise el cableado de la llave. Cuenta como puesta."
        case .manualFault: "Revise el cableado del disparo manual."
        case .systemFault: advice(system: names.fault)
        case .disabled, .walkTestStarted: "Vigile el lugar mientras tanto."
        case .walkTestEnded: "Atienda a los detectores que no han respondido."
        case .valveClosed, .fireOver: "Cuide de que la planta vuelva a estar en servicio."
        case .other: "Mire el panel."
        default: "Nada."
        }
    }

    private func who(_ names: EventNames) -> String {
        switch names.who {
        case "panel": "el panel"
        case "timer": "el reloj"
        default: names.who
        }
    }

    private func cause(_ word: String) -> String {
        switch word {
        case "silent": "ha enmudecido"
        case "never-heard": "no ha hablado desde el arranque"
        case "device": "dice que está roto"
        case "invalid": "responde lo que no puede ser"
        case "line": "tiene una línea que no se puede leer"
        case "bus": "calla con su bus"
        default: "no funciona"
        }
    }

    private func fault(_ word: String) -> String {
        switch word {
        case "notConfirmedOpen": "accionada pero no se ve abierta"
        case "notConfirmedClosed": "se ve abierta y debería estar cerrada"
        case "notDriven": "no se puede accionar"
        default: "no obedece"
        }
    }

    private func count(_ count: Int64?) -> String {
        count.map { ", \($0) detectores sin oír" } ?? ""
    }

    private func system(_ word: String) -> String {
        switch word {
        case "planFallback": "el plan está dañado, protege el último bueno"
        case "memoryUnreadable": "no se pudo leer el registro, las válvulas quedan como estaban"
        case "journal": "el registro no admite anotaciones"
        case "recordsLost": "se han perdido anotaciones"
        case "memoryLock": "no se pudo fijar la memoria"
        case "realTime": "sin prioridad de tiempo real"
        case "panelOutput": "una salida del panel no responde"
        case "gpio": "una línea GPIO no se puede leer"
        case "statusPage": "la página de estado no se pudo publicar"
        case "inputSocket": "la entrada de señales falló o se desbordó"
        case "stuckButton": "un botón del panel está atascado"
        case "gateway": "la pasarela calla: no se avisa a nadie de fuera"
        case "mail": "no se puede enviar correo"
        case "sms": "no se pueden enviar SMS"
        case "undelivered": "un aviso no se pudo entregar"
        case "gatewayLog": "falla el registro de la pasarela"
        case "power": "la alimentación"
        case "memory": "memoria de programa o de datos dañada"
        case "keptLines": "una línea de antes del reinicio no es de ninguna válvula y se soltó"
        default: word
        }
    }

    private func advice(system word: String) -> String {
        switch word {
        case "mail", "sms", "undelivered", "gateway", "gatewayLog":
            "Ejecute 'standpipe status' en la placa: dice qué falla y qué hacer."
        case "stuckButton", "panelOutput", "gpio": "Revise el cableado del panel."
        case "power": "Revise red, fusible y batería."
        case "keptLines": "Compruebe que cada válvula está como indica el panel."
        default: "Llame al servicio técnico."
        }
    }

    let labels = Labels(
        site: "Lugar", when: "Cuándo", since: "Desde", lasted: "Duró", did: "El sistema",
        todo: "Ahora", detectors: "Detectores", missing: "No respondieron", event: "Suceso",
        events: "% sucesos", more: "y % más", times: "% veces",
        late: "Este aviso se envía tarde.", acknowledge: "Confirme: así no se llama a nadie más",
        link: "Confirmar", reply: "Responda OK %", test: "Prueba diaria",
        testText: "Este aviso prueba que la protección contra incendios puede avisarle. Si un día"
            + " falta, dígalo a quien cuida del lugar.",
        footer: "Enviado por Standpipe. El panel y el registro lo cuentan todo.")
}
