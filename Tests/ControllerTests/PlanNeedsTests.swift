// What the service manager is told of a plan (`--needs`), by the real program.

import FireLogic
import Foundation
import Glibc
import PlanFile
import Testing

@testable import Controller

@Suite(.serialized, .timeLimit(.minutes(2))) struct PlanNeedsTests {
    private func needs(_ controller: RunningController) -> (status: Int32, output: String) {
        let outcome = RunningController.outcome([
            "--needs", "--plan", controller.planPath, "--state-dir", controller.stateDirectory,
        ])
        return (outcome.status, outcome.output)
    }

    private func bus(_ link: BusPlan.Link) -> BusPlan {
        BusPlan(name: "bus", link: link, responseTimeout: .milliseconds(200))
    }

    @Test("APART: a plan needs a network only for Modbus TCP, and each of its chips by name")
    func lines() throws {
        let controller = try RunningController()
        let chip = "chip /dev/gpiochip-that-is-not-there\n"
        #expect(needs(controller) == (0, chip))

        var plan = RunningController.plan()
        plan.buses = [bus(.rtu(device: "/dev/ttyS9", baud: 19_200, parity: .even, stopBits: 1))]
        #expect(PlanNeeds(plan).network == false)
        plan.buses.append(bus(.tcp(host: "127.0.0.1", port: 502)))
        #expect(PlanNeeds(plan).lines.first == "network")

        plan.chips += [ChipPlan(path: "/dev/a\nnetwork"), ChipPlan(path: "/dev/b")]
        plan.buses = []
        #expect(
            PlanNeeds(plan).lines == ["chip /dev/gpiochip-that-is-not-there", "chip /dev/b"],
            "no path pretends to be a line of its own")
    }

    @Test("Asking writes nothing, and the last good plan answers for a damaged one")
    func lastGood() throws {
        let controller = try RunningController()
        let kept = controller.stateDirectory + "/last-good.plan"
        #expect(needs(controller).status == 0)
        #expect(access(kept, F_OK) != 0, "a question keeps no plan")
        #expect(access(controller.runDirectory + "/status", F_OK) != 0)

        try PlanBytes.write([1, 2, 3], to: controller.planPath)
        #expect(needs(controller) == (1, ""))
        try PlanBytes.write(PlanCodec.encode(RunningController.plan()), to: kept)
        #expect(needs(controller).status == 0)
    }
}
