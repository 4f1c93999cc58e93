// Hostile plan files: whatever the bytes are, the loader answers with a plan or with an error.
// STANDPIPE_FUZZ_SECONDS sets how long it tries (1 s by default), STANDPIPE_FUZZ_SEED plays a
// printed seed again.

import FireLogic
import Glibc
import TestSupport
import Testing

@testable import PlanFile

@Suite struct PlanFuzzTests {
    private static func environment(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    /// One to eight changes: flipped bits, bytes that sit on borders, pieces cut, doubled, moved.
    private static func mutate(_ file: inout [UInt8], _ numbers: inout SeededNumbers) {
        for _ in 0..<Int.random(in: 1...8, using: &numbers) {
            guard !file.isEmpty else { return }
            let place = Int.random(in: 0..<file.count, using: &numbers)
            let end = min(file.count, place + Int.random(in: 1...32, using: &numbers))
            switch UInt8.random(in: 0..<7, using: &numbers) {
            case 0: file[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
            case 1:
                file[place] = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF].randomElement(using: &numbers) ?? 0
            case 2: file[place] = UInt8.random(in: 0...255, using: &numbers)
            case 3: file.removeSubrange(place..<end)
            case 4: file.insert(contentsOf: file[place..<end], at: place)
            case 5: file.removeSubrange(place...)
            case _: for index in place..<end { file[index] = 0xFF }
            }
        }
    }

    @Test("BOUNDED: no file, however damaged, traps the plan loader")
    func fuzz() throws {
        let seed = Self.environment("STANDPIPE_FUZZ_SEED") ?? UInt64.random(in: 0 ... .max)
        let seconds = Self.environment("STANDPIPE_FUZZ_SECONDS") ?? 1
        print("plan fuzz: seed \(seed), \(seconds) s")
        var numbers = SeededNumbers(seed: seed)
        let original = try PlanCodec.encode(Example.plan())
        let deadline = Self.now() + Int(seconds) * 1_000
        var accepted = 0
        var refused: [String: Int] = [:]
        var rounds = 0
        while Self.now() < deadline || rounds < 10 {
            rounds += 1
            for _ in 0..<200 {
                var file = original
                Self.mutate(&file, &numbers)
                // Most get a fitting checksum, or nothing behind it would be reached.
                if UInt8.random(in: 0..<10, using: &numbers) > 0 { file = Example.sealed(file) }
                do throws(PlanError) {
                    let plan = try PlanCodec.decode(file)
                    accepted += 1
                    // What is taken is written back byte for byte: nothing was guessed.
                    #expect(try PlanCodec.encode(plan) == file, "seed \(seed)")
                } catch {
                    if case .wrong(let field, let offset) = error {
                        refused["\(field)", default: 0] += 1
                        #expect(offset <= file.count, "seed \(seed)")
                    } else {
                        refused["\(error)".prefix(8).description, default: 0] += 1
                    }
                }
            }
        }
        print("plan fuzz: \(accepted) taken, refused", refused.sorted { $0.key < $1.key })
        #expect(accepted > 0 && refused.count > 10, "seed \(seed): the mutations reach nothing")
    }
}
