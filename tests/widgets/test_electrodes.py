from rheobase.widgets.electrodes import COLOURS, Electrodes


def test_an_electrode_keeps_its_letter_when_another_goes() -> None:
    electrodes = Electrodes()
    electrodes.assign(["a", "b", "c"])
    electrodes.assign(["b", "c"])
    assert (electrodes.letter("b"), electrodes.letter("c")) == ("B", "C")


def test_a_new_electrode_takes_the_first_free_letter() -> None:
    electrodes = Electrodes()
    electrodes.assign(["a", "b", "c"])
    electrodes.assign(["a", "c"])
    electrodes.assign(["a", "c", "d"])
    assert electrodes.letter("d") == "B"
    assert electrodes.colour("d") == COLOURS[1]


def test_letters_go_on_after_z() -> None:
    electrodes = Electrodes()
    electrodes.assign([str(number) for number in range(30)])
    letters = [electrodes.letter(str(number)) for number in range(30)]
    assert letters[25:28] == ["Z", "A2", "B2"]
    assert len(set(letters)) == 30
